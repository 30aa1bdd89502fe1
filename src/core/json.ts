/** What JSON can say. State, payloads and messages are made of it, so that they survive being written down. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };
