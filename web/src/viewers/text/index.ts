// Text of any length, logs among it.
export { TextView } from "./TextView";
