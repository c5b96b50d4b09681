/** JSON as a type: what a file from elsewhere holds before anybody has checked it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
