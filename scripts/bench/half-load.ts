/** Half of what one process is to take (P3), to the next 2,500: how full a server is run that is to have room for a bad hour. Frames a second. */
export const HALF_LOAD = 22_500;
