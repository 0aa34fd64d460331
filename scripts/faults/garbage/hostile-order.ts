/** What the process of the hostile peers is told. */
export interface HostileOrder {
  /** Base of the device listener. */
  readonly url: string;
  readonly ca: string;
  readonly peers: readonly { readonly cert: string; readonly key: string }[];
  readonly frames: number;
  /** Frames a second of all peers together. */
  readonly rate: number;
  readonly seed: number;
}

/** What it tells when it has sent them. */
export interface HostileReport {
  readonly sent: number;
  /** Frames of which samples were refused by name. */
  readonly refused: number;
  /** Connections, and those of them that were closed as malformed (4400) or as no UTF-8 (1007). */
  readonly connections: number;
  readonly closed: number;
  /** Other ends than these, and how often. */
  readonly others: Readonly<Record<string, number>>;
}
