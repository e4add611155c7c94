/** What the front door says and takes; the names are those of the API. */

export interface Names {
  vi: string;
  en: string;
}

export type State =
  | 'queued'
  | 'accepted'
  | 'in_progress'
  | 'waiting_for_citizen'
  | 'resolved'
  | 'closed'
  | 'refused'
  | 'merged'
  | 'withdrawn';

export interface OfficeRef {
  id: string;
  name: Names;
}

export interface Office extends OfficeRef {
  kind: 'commune' | 'department' | 'province_desk';
  commune: string | null;
}

/** What a key opens; the key itself stays in a cookie that scripts cannot read. */
export interface Opened {
  until: string;
  name?: string;
  offices?: string[];
  scopes?: string[];
}

export interface Deadline {
  accept_by: string;
  resolve_by: string;
}

export interface Candidate {
  commune: string | null;
  name: Names | null;
  probability: number | null;
  distance_m: number;
}

export interface Placement {
  generation: string;
  commune: string | null;
  commune_name: Names | null;
  method: 'covering' | 'probable' | 'snapped' | 'stated' | 'outside' | 'unplaced';
  probability: number | null;
  near_border: boolean;
  candidates: Candidate[];
}

export interface Position {
  lon: number;
  lat: number;
  accuracy_m?: number | null;
  accuracy_confidence?: number;
  source: 'gps' | 'pin' | 'address';
}

/** The body of a submission. */
export interface Report {
  category: string;
  description: string;
  position?: Position;
  place?: { commune: string; hint?: string };
  stated_commune?: string;
  captured_at: string;
  contact?: { name?: string; phone?: string };
  share_contact?: boolean;
  on_behalf_of?: { name?: string; phone?: string };
}

export interface Receipt {
  id: string;
  code: string;
  secret: string;
  status: State;
  office: OfficeRef;
  placement: Placement;
  deadline: Deadline;
  photos: { status: 'pending' | 'kept' | 'refused'; code?: string | null }[];
  approximate_boundaries?: boolean;
}

export interface Category {
  code: string;
  name: Names;
  level: 'commune' | 'province' | 'elsewhere';
  urgent: boolean;
  accept_hours: number;
  resolve_hours: number;
  featured: boolean;
  guidance: Names | null;
}

export interface PublicReport {
  code: string;
  category: string;
  commune: string | null;
  status: State;
  day: string;
  position: { lon: number; lat: number } | null;
}

export interface NearbyReport extends PublicReport {
  distance: string;
  me_too: number;
}

export interface PhotoRef {
  id: string;
  url: string;
  small_url: string;
  width: number | null;
  height: number | null;
}

export interface TimelineEntry {
  at: string;
  event: string;
  message: Names;
  text: string | null;
  photos: PhotoRef[];
}

export type SenderAction = 'confirm' | 'reopen' | 'rating' | 'place' | 'reply' | 'withdraw';

export interface OwnReport extends PublicReport {
  office: OfficeRef;
  deadline: Deadline;
  description: string;
  received_at: string;
  photos: PhotoRef[];
  photos_pending: number;
  main: { code: string; status: State; office: OfficeRef; deadline: Deadline } | null;
  timeline: TimelineEntry[];
  actions: SenderAction[];
}

export interface Ticket {
  id: string;
  code: string;
  status: State;
  version: number;
  category: string;
  urgent: boolean;
  office: OfficeRef;
  commune: string | null;
  commune_name: Names | null;
  assignee: string | null;
  received_at: string;
  seen_at: string;
  deadline: Deadline;
  overdue: boolean;
  description: string;
  position: Position | null;
  place_hint: string | null;
  photos: PhotoRef[];
  on_behalf: boolean;
  round: number;
  bounces: number;
  me_too: number;
  successor: OfficeRef | null;
  for_people: boolean;
  merged_into: string | null;
  default_at: string | null;
}

export type Actor =
  | { kind: 'citizen' | 'system' }
  | { kind: 'office'; office: string; name: string }
  | { kind: 'centre'; name: string };

/** An event keeps its own fields beside `kind`; only those that are shown are named. */
export interface HistoryEvent {
  kind: string;
  text?: string | null;
  reason?: string;
  question?: string;
  until?: string;
  assignee?: string | null;
  to?: string;
  stars?: number;
  from?: string;
  into?: string;
  photos?: string[];
  visibility?: 'internal' | 'citizen';
}

export interface HistoryEntry extends HistoryEvent {
  version: number;
  at: string;
  actor: Actor;
}

export interface DeliveryView {
  id: string;
  destination: string | null;
  state: string;
  receipt: string | null;
  next_at: string | null;
}

/** What a former office still sees. */
export interface Tombstone {
  code: string;
  office: OfficeRef;
  reason: string;
}

/** A system that is told of tickets, and how it is. */
export interface Destination {
  id: string;
  name: string;
  office: string | null;
  state: 'active' | 'failing' | 'dead' | 'disabled' | 'unapproved';
  failing_since: string | null;
  undelivered: number;
  oldest_undelivered: string | null;
}

export interface TeamReport {
  code: string;
  category: string;
  status: State;
  commune_name: Names | null;
  received_at: string;
  resolve_by: string;
}

export interface Team {
  name: string;
  reports: number;
  open: number;
  overdue: number;
  settled: number;
  items: TeamReport[];
}

export interface TicketDetail extends Ticket {
  photos_pending: number;
  deliveries: DeliveryView[];
  contact: { name?: string; phone?: string; email?: string } | null;
  suggested_office: OfficeRef | null;
  /** To where the default passes it on from the province desk. */
  default_office: OfficeRef | null;
  explanation: Names | null;
  history: HistoryEntry[];
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Null: fewer than five stand behind it, or nothing. */
export interface Figures {
  reports: number | null;
  open: number | null;
  overdue: number | null;
  settled: number | null;
  on_time: number | null;
  extended: number | null;
  on_time_share: number | null;
  extended_share: number | null;
  reopened_share: number | null;
  satisfaction: number | null;
  rated: number | null;
  median_resolution_hours: number | null;
  p90_resolution_hours: number | null;
}

export interface Summary extends Figures {
  centre_touches: number | null;
  centre_touches_per_10000: number | null;
  generation: string;
  approximate: boolean;
}

export interface OfficeLine extends Partial<Figures> {
  office: OfficeRef;
  suppressed: boolean;
}

export type Metric =
  | 'reports'
  | 'open'
  | 'overdue'
  | 'on_time_share'
  | 'median_resolution_hours'
  | 'p90_resolution_hours'
  | 'reopened_share'
  | 'satisfaction';

/** One step of the timeline; null is too few to be told. */
export interface Moment {
  from: string;
  to: string;
  suppressed: boolean;
  reports: number | null;
  /** Reached an end in these days. */
  ended: number | null;
}

export interface HeatProperties {
  id: string;
  name: Names;
  value: number | null;
  count: number | null;
  suppressed: boolean;
}

export interface HeatFeature {
  type: 'Feature';
  id: string;
  geometry: GeoJSON.Geometry | null;
  properties: HeatProperties;
}

export interface Heatmap {
  type: 'FeatureCollection';
  generation: string;
  approximate: boolean;
  attribution: string;
  /** Hexagons are counted by whole months: these. */
  from?: string;
  to?: string;
  features: HeatFeature[];
}
