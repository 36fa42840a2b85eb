/** What a page needs of OpenAPI. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly "x-thalweg-kind"?: string;
  readonly "x-thalweg-permission"?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** A method of a service as a page calls it. */
export interface Method {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  /** Name of the service as clients have it. */
  readonly client: string;
  readonly watches: boolean;
  readonly verb: string;
  readonly path: string;
  readonly words: string;
  readonly parameters: readonly Parameter[];
  /** An example of the body; undefined where the method has none. */
  readonly body: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly place: "path" | "query";
  readonly required: boolean;
  readonly words: string;
}

const MOST_DEPTH = 4;

/** An example value of a schema: the names are right, the values are to be changed. */
export function example(schema: Schema | undefined, all: Readonly<Record<string, Schema>>, depth = 0): unknown {
  if (!schema) return null;
  if (schema.$ref) return example(all[schema.$ref.split("/").at(-1) ?? ""], all, depth);
  if (schema.allOf) return example(schema.allOf[0], all, depth);
  if (schema.enum) return schema.enum.find((name) => !name.endsWith("_UNSPECIFIED")) ?? schema.enum[0];
  if (schema.properties) {
    if (depth >= MOST_DEPTH) return {};
    const required = new Set(schema.required ?? []);
    const entries = Object.entries(schema.properties);
    // Of a message that says what it requires only that; else a beginner would send every option.
    const shown = required.size > 0 ? entries.filter(([name]) => required.has(name)) : entries.slice(0, 3);
    return Object.fromEntries(shown.map(([name, of]) => [name, example(of, all, depth + 1)]));
  }
  switch (schema.type) {
    case "array":
      return [example(schema.items, all, depth + 1)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "string":
      return schema.format === "byte" ? "e30=" : schema.format === "date-time" ? new Date().toISOString() : "";
    default:
      return {};
  }
}

/** Every method of the contracts, by service and name. */
export function read(document: Document): readonly Method[] {
  const schemas = document.components?.schemas ?? {};
  return Object.entries(document.paths)
    .flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]): Method => {
        const service = operation.tags?.[0] ?? "";
        const name = (operation.operationId ?? "").split("_")[1] ?? path;
        const body = operation.requestBody?.content["application/json"]?.schema;
        return {
          id: `${verb} ${path}`,
          service,
          name,
          client: (operation["x-thalweg-permission"] ?? service).split(":")[0] ?? "",
          watches: operation["x-thalweg-kind"] === "WATCH",
          verb: verb.toUpperCase(),
          path,
          // Lines of a contract are broken where its file was full; paragraphs are meant.
          words: (operation.description ?? operation.summary ?? "").replace(/([^\n])\n(?!\n)/g, "$1 "),
          parameters: (operation.parameters ?? [])
            .filter(({ in: place }) => place === "path" || place === "query")
            .map((p) => ({ name: p.name, place: p.in as "path" | "query", required: p.required ?? p.in === "path", words: p.description ?? "" })),
          body: body ? example(body, schemas) : undefined,
        };
      }),
    )
    .sort((a, b) => a.service.localeCompare(b.service) || a.name.localeCompare(b.name));
}

/** The path and query of a call. */
export function address(method: Method, values: Readonly<Record<string, string>>): string {
  const path = method.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  const query = method.parameters
    .filter(({ place, name }) => place === "query" && values[name])
    .map(({ name }) => `${encodeURIComponent(name)}=${encodeURIComponent(values[name] ?? "")}`);
  return query.length > 0 ? `${path}?${query.join("&")}` : path;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same call for a terminal. */
export function curl(method: Method, origin: string, values: Readonly<Record<string, string>>, body: string): string {
  const verb = method.verb === "GET" || (method.verb === "POST" && body) ? "" : `-X ${method.verb} `;
  const watch = method.watches ? "-N " : "";
  return `curl ${watch}${verb}${quoted(origin + address(method, values))}${body ? ` --json ${quoted(body.replace(/\n\s*/g, " "))}` : ""}`;
}

const lowerFirst = (name: string): string => (name[0]?.toLowerCase() ?? "") + name.slice(1);
const upperFirst = (name: string): string => (name[0]?.toUpperCase() ?? "") + name.slice(1);

function request(values: Readonly<Record<string, string>>, body: string): Record<string, unknown> {
  return { ...Object.fromEntries(Object.entries(values).filter(([, value]) => value)), ...parsed(body) };
}

/** The same call for an application in TypeScript. */
export function typescript(method: Method, origin: string, values: Readonly<Record<string, string>>, body: string): string {
  const call = `client.${method.client}.${lowerFirst(method.name)}(${JSON.stringify(request(values, body), null, 2)})`;
  const use = method.watches
    ? `for await (const event of ${call}) console.log(event);`
    : `const answer = await ${call};`;
  return `import { ThalwegClient } from "@thalweg/client";\n\nconst client = new ThalwegClient({ url: "${origin}" });\n${use}`;
}

/** The same call for an application in Java, over gRPC. */
export function java(method: Method, host: string, values: Readonly<Record<string, string>>, body: string): string {
  const setters = Object.entries(request(values, body))
    .map(([name, value]) => `\n            .${Array.isArray(value) ? "addAll" : "set"}${upperFirst(name)}(${javaValue(value)})`)
    .join("");
  return `var channel = Grpc.newChannelBuilder("${host}", InsecureChannelCredentials.create()).build();
var answer =
    ${method.service}Grpc.newBlockingStub(channel)
        .${lowerFirst(method.name)}(
            ${method.name}Request.newBuilder()${setters.replaceAll("\n            ", "\n                ")}
                .build());`;
}

function javaValue(value: unknown): string {
  if (Array.isArray(value)) return `List.of(${value.map(javaValue).join(", ")})`;
  if (typeof value === "object" && value !== null) return "/* a message */";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
