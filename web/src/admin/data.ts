// What the pages Admin and Account show, as the API gives it.
export interface Account {
  id: number;
  name: string;
  role: Role;
  disabled: boolean;
  created_ms: number;
  seen_ms: number | null;
  sessions: number;
  tokens: number;
}
export type Role = "viewer" | "scientist" | "reviewer" | "admin";
export const roles: { role: Role; may: string }[] = [
  { role: "viewer", may: "looks" },
  { role: "scientist", may: "uploads and runs" },
  { role: "reviewer", may: "also reviews and signs" },
  { role: "admin", may: "also this page" },
];
export interface Invitation {
  id: string;
  role: Role;
  expires_ms: number;
  for: string | null; // whose new password; null: a new account
}
export interface Token {
  id: number;
  user: number;
  user_name: string;
  name: string;
  scopes: string[];
  created_ms: number;
  used_ms: number | null;
  expires_ms: number | null;
}
export interface Limit {
  name: string;
  value: number;
  default: number;
  low: number;
  high: number;
  unit: string;
  summary: string;
}
export interface Row {
  id: number;
  at_ms: number;
  user: number;
  user_name: string | null;
  peer: string | null;
  action: string;
  object: string | null;
  detail: string | null;
  before: string;
  hash: string;
}
export interface Check {
  intact: boolean;
  rows: number;
  first_bad: number | null;
  why: string | null;
  head: { id: number; hash: string | null };
}
