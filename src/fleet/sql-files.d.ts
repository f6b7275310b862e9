/** What `import sql from './oee.sql' with { type: 'text' }` gives, in fleets here and elsewhere. */
declare module '*.sql' {
  const text: string;
  export default text;
}
