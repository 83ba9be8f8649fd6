declare module "virtual:bench-drugs" {
  const rows: { name: string; target: string; acts: "gNa" | "gK"; k: number; hill: number; source: string }[];
  export default rows;
}
