// A typed client made of openapi.yaml and nothing else. It is compiled under
// --strict, where an expected error that does not come is an error too.
import createClient from "openapi-fetch";
import type { components, paths } from "contract";

export type Bill = components["schemas"]["Bill"];
export type BillNew = components["schemas"]["BillNew"];

export function client_of(service: string, authorization: string) {
  return createClient<paths>({
    baseUrl: service,
    headers: { Authorization: authorization },
  });
}

type Client = ReturnType<typeof client_of>;

export async function create(client: Client, bill: BillNew): Promise<Bill> {
  const { data, error, response } =
    await client.POST("/v1/bills", { body: bill });
  if (!data) throw new Error(`${response.status} ${error?.code}`);
  return data;
}

export async function get(client: Client, id: string): Promise<Bill> {
  const { data, error } = await client.GET("/v1/bills/{id}", {
    params: { path: { id } },
  });
  if (error) throw new Error(error.code);
  return data as Bill;
}

export async function list(client: Client, session: string) {
  const { data, error, response } = await client.GET("/v1/bills", {
    params: {
      query: {
        session: [session], status: ["enacted", "vetoed"], number_lte: 3,
        sort: "-number", limit: 2,
      },
      header: { Prefer: "count=exact" },
    },
  });
  if (error) throw new Error(error.code);
  const titles: (string | undefined)[] = data.map((bill) => bill.title);
  return { titles, total: Number(response.headers.get("X-Total-Count")) };
}

export async function change(client: Client, bill: Bill) {
  const { data, error } = await client.PATCH("/v1/bills/{id}", {
    params: {
      path: { id: bill.id }, header: { "If-Match": `"${bill.version}"` },
    },
    body: { status: "vetoed" },
  });
  if (!data) throw new Error(error?.code);
  return data;
}

// What the compiler refuses, the service refuses too.
export async function ask_wrongly(client: Client) {
  const parameter = await client.GET("/v1/bills", {
    // @ts-expect-error: there is no such parameter
    params: { query: { colour: "red" } },
  });
  const value = await client.GET("/v1/bills", {
    // @ts-expect-error: there is no such status
    params: { query: { status: "on_fire" } },
  });
  const member = await client.POST("/v1/bills", {
    // @ts-expect-error: there is no such member
    body: { colour: "red" },
  });
  // @ts-expect-error: there is no such path
  const path = await client.GET("/v1/bells", {});
  return [parameter, value, member, path].map(({ response, error }) =>
    [response.status, error?.code] as const);
}
