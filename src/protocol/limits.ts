/** What one frame may hold. A peer that needs more sends more frames. */
export const MAX_SAMPLES_PER_FRAME = 500;
export const MAX_VALUES_PER_WAVEFORM = 2_000;
/** Above this the sample times of a trace would no longer be distinct microseconds apart by a margin. */
export const MAX_WAVEFORM_RATE_HZ = 10_000;
/** Largest message a device may send: 500 samples with every vital, as JSON, with room to spare. */
export const MAX_DEVICE_MESSAGE_BYTES = 256 * 1024;
/** What a device may send in the long run, and at once after a silence: then its socket is not read for moments. */
export const DEVICE_BYTES_PER_SECOND = 2 * 1024 * 1024;
export const DEVICE_BURST_BYTES = 16 * 1024 * 1024;
/** A smaller message counts as so much: what it costs is not in its bytes. 4,096 messages a second, 32,768 at once. */
export const LEAST_MESSAGE_BYTES = 512;
/** Largest message a clinician's client may send. */
export const MAX_FEED_MESSAGE_BYTES = 64 * 1024;
/** Patients one `subscribe` may name, and signals one `waveforms` may. */
export const MAX_PATIENTS_PER_SUBSCRIBE = 1_000;

export const DEFAULT_ACK_INTERVAL_MS = 2_000;
export const MAX_ACK_INTERVAL_MS = 60_000;
/** An ack goes out at the latest after this many frames. */
export const ACK_EVERY_FRAMES = 32;

/** A sample further ahead of the server's clock than this is rejected; one merely skewed is kept. */
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;
