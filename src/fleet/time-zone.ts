/** Whether this runtime knows the IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // the constructor's RangeError is the only way to ask
    return false;
  }
}
