import { describe, expect, it } from 'vitest';
import { presses, wells } from './support/fleets.ts';
import { type Concern, synthesise } from './support/synthesise.ts';

const SYNTH = 120_000;

describe('adding a fleet', () => {
  it(
    'adds its rule, policies, template, tables, queries and schedule, and changes nothing that is there',
    { timeout: SYNTH },
    () => {
      const before = synthesise({ fleets: [presses] }).templates;
      const after = synthesise({ fleets: [presses, wells] }).templates;
      const added: Record<string, number> = {};
      for (const concern of Object.keys(after) as Concern[]) {
        for (const [id, resource] of Object.entries(before[concern].Resources)) {
          // asks the function that makes the tables again, and is the same resource
          if (resource.Type === 'Custom::TributaryTables') continue;
          expect(after[concern].Resources[id], `${concern}/${id}`).toEqual(resource);
        }
        for (const [id, { Type }] of Object.entries(after[concern].Resources)) {
          if (!(id in before[concern].Resources)) added[Type] = (added[Type] ?? 0) + 1;
        }
      }
      expect(added).toEqual({
        'AWS::IoT::TopicRule': 1,
        // its devices', and that of their claims
        'AWS::IoT::Policy': 2,
        'AWS::IoT::ProvisioningTemplate': 1,
        'AWS::IoT::ThingGroup': 1,
        'AWS::IoT::ThingType': 1,
        'AWS::Lambda::Permission': 1,
        // raw table, rollup, the view of current rows, and those in UTC
        'AWS::Glue::Table': 5,
        // four about the table, two about the rollup, one about what is quarantined
        'AWS::Athena::NamedQuery': 7,
        // what is due hourly, and daily
        'AWS::Scheduler::Schedule': 2,
        'AWS::StepFunctions::StateMachine': 1,
        'AWS::Logs::LogGroup': 1,
        // the state machine's, its schedules', and that of the template
        'AWS::IAM::Role': 3,
        'AWS::IAM::Policy': 3,
      });
    },
  );
});
