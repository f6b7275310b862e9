/** What a check cannot do without: engines that `engines.ts` sets up, or the folder of material beside the checkout. */
export type Need =
  | 'pyarrow'
  | 'deltalake'
  | 'spark'
  | 'trino'
  | 'moto'
  | 'ministack'
  | 'cfn-lint'
  | 'mosquitto'
  | 'connect'
  | 'kafka'
  | 'arm64-node'
  | 'shared';

/** Something that another implementation judges. `run` rejects where the judge objects, and says what it found. */
export type Check = {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly run: () => Promise<void>;
};

/** Why a need is not met; a need that is met has no entry. */
export type Missing = ReadonlyMap<Need, string>;
