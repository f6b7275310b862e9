import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Fleet } from '../src/fleet/model.ts';
import type { LakeBucket } from './constructs/lake-bucket.ts';
import type { ReadingStream } from './constructs/reading-stream.ts';
import { TopicRules } from './constructs/topic-rules.ts';
import type { Stage } from './stage.ts';

export type DevicesStackProps = StackProps & {
  readonly stage: Stage;
  readonly fleets: readonly Fleet[];
  readonly lake: LakeBucket;
  readonly readings: ReadingStream;
};

/** The side that devices see: what they may publish, and the rules that carry it to the stream. */
export class DevicesStack extends Stack {
  readonly rules: TopicRules;

  constructor(scope: Construct, id: string, props: DevicesStackProps) {
    super(scope, id, props);
    const { stage, fleets, lake, readings } = props;
    this.rules = new TopicRules(this, 'Rules', { stage, fleets, lake, readings });
  }
}
