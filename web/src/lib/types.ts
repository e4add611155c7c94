/** Short names for the shapes of the server's document. */

import type { components, operations } from './openapi';

type Schema = components['schemas'];

export type Names = Schema['Names'];
export type State = Schema['State'];
export type OfficeRef = Schema['OfficeRef'];
export type Office = Schema['OfficeView'];
export type Opened = Schema['SessionView'];
export type Deadline = Schema['Deadline'];
export type Placement = Schema['PlacementView'];
export type Position = Schema['PositionIn'];
export type Report = Schema['ReportIn'];
export type Receipt = Schema['Receipt'];
export type Category = Schema['CategoryView'];
export type PublicReport = Schema['PublicReport'];
export type NearbyReport = Schema['NearbyReport'];
export type PhotoRef = Schema['PhotoView'];
export type OwnReport = Schema['OwnReport'];
export type Ticket = Schema['TicketView'];
export type Tombstone = Schema['Tombstone'];
export type Destination = Schema['DestinationView'];
export type Team = Schema['Team'];
export type Summary = Schema['SummaryAnswer'];
export type Board = Schema['Scoreboard'];
export type OfficeLine = Schema['OfficeLine'];
export type Moment = Schema['Moment'];
export type Ground = Schema['TileJson'];
export type HeatProperties = Schema['HeatProperties'];
export type Actor = Schema['Actor'];

/** Which reports are counted. */
export type Cohort = NonNullable<operations['summary']['parameters']['query']>;

/** What a sender can do after sending. */
export type SenderAction = 'confirm' | 'reopen' | 'rating' | 'place' | 'reply' | 'withdraw';

/** The fields of whichever of several shapes it is. */
type Any<Shapes> = { [Field in Shapes extends Shapes ? keyof Shapes : never]?: Shapes extends Shapes ? (Field extends keyof Shapes ? Shapes[Field] : never) : never };

/** What happened, with the fields of its kind beside it. */
export type HistoryEntry = Pick<Schema['HistoryEntry'], 'version' | 'at' | 'actor' | 'kind'> & Any<Schema['EventKind']>;

export type TicketDetail = Omit<Schema['TicketDetail'], 'history'> & { history: HistoryEntry[] };

/** What a map is coloured by: a figure of the summary. */
export type Metric = Extract<
  keyof Summary,
  'reports' | 'open' | 'overdue' | 'on_time_share' | 'median_resolution_hours' | 'p90_resolution_hours' | 'reopened_share' | 'satisfaction'
>;

/** GeoJSON knows its own shapes better than the document says them. */
export type HeatFeature = Omit<Schema['HeatFeature'], 'geometry'> & { geometry: GeoJSON.Geometry | null };
export type Heatmap = Omit<Schema['HeatOut'], 'features'> & { features: HeatFeature[] };

/** A command of an official, by its name in the address. */
export type Command = {
  accept: Schema['Accept'];
  assign: Schema['Assign'];
  start: Schema['Start'];
  resolve: Schema['Resolve'];
  refuse: Schema['Refuse'];
  transfer: Schema['Transfer'];
  extend: Schema['Extend'];
  wait: Schema['Wait'];
  comment: Schema['Comment'];
  merge: Schema['Merge'];
  publish: Schema['Publish'];
};
export type Act = keyof Command;
