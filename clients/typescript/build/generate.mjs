// Makes src/gen/*.ts from the contracts: a type for each message that clients send or get, and a
// table of the methods that clients may call, with their HTTP rules. The types cost a bundle nothing.
//
// What is sent and what is answered differ: a field of a request may be left out unless its contract
// says that it is required, a field without presence is in every answer. A message that is in both
// gets a second type for requests, with "Input" at the end.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const HOUSE = path.resolve(HERE, "../../..");
const OUT = path.resolve(HERE, "../src/gen");
const PROTOBUFJS = path.dirname(fileURLToPath(import.meta.resolve("protobufjs/package.json")));

/** Folders that hold contracts: those of the services, and the options that they use. */
function contractFolders() {
  const services = path.join(HOUSE, "services");
  return readdirSync(services)
    .sort()
    .flatMap((name) => [`${name}/src/main/protobuf`, `${name}/contract/src/main/protobuf`])
    .map((folder) => path.join(services, folder))
    .filter((folder) => existsSync(folder));
}

function protoFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".proto"))
    .map((name) => path.join(folder, name));
}

function load(file, folders) {
  const root = new protobuf.Root();
  const places = [...folders, path.join(HOUSE, "contracts/src/main/protobuf"), PROTOBUFJS];
  root.resolvePath = (_origin, target) =>
    path.isAbsolute(target)
      ? target
      : places.map((place) => path.join(place, target)).find((at) => existsSync(at)) ?? null;
  root.loadSync(file, { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** Value of an option such as "(thalweg.method)" of anything in a contract. */
function option(of, name) {
  const all = Array.isArray(of.parsedOptions) ? of.parsedOptions : [of.parsedOptions ?? {}];
  return all.find((one) => name in one)?.[name];
}

const camel = (name) => name.replace(/_+([a-z0-9])/g, (_, c) => c.toUpperCase());
const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);
const indent = (text, by) => text.replace(/^(?=.)/gm, " ".repeat(by));

function doc(comment) {
  if (!comment) return "";
  const lines = comment.replaceAll("*/", "* /").split("\n").map((line) => line.trim());
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

const SCALARS = {
  double: ["number", "number"],
  float: ["number", "number"],
  bool: ["boolean", "boolean"],
  string: ["string", "string"],
  bytes: ["string", "string"],
};
for (const kind of ["int32", "uint32", "sint32", "fixed32", "sfixed32"]) SCALARS[kind] = ["number", "number"];
// A JSON number loses them beyond 2^53, so they are text.
for (const kind of ["int64", "uint64", "sint64", "fixed64", "sfixed64"]) {
  SCALARS[kind] = ["string", "string | number | bigint"];
}
const WELL_KNOWN = {
  ".google.protobuf.Timestamp": ["string", "string | Date"],
  ".google.protobuf.Duration": ["string", "string"],
  ".google.protobuf.Empty": ["Record<string, never>", "Record<string, never>"],
  ".google.protobuf.Struct": ["Record<string, unknown>", "Record<string, unknown>"],
  ".google.protobuf.Value": ["unknown", "unknown"],
  ".google.protobuf.FieldMask": ["string", "string"],
};

/** What one contract becomes. */
class Module {
  constructor(service) {
    this.service = service;
    this.methods = service.methodsArray.filter((m) => !option(m, "(thalweg.method)")?.internal && option(m, "(google.api.http)"));
    this.sent = new Set();
    this.given = new Set();
    for (const method of this.methods) {
      this.reach(method.resolvedRequestType, this.sent);
      this.reach(method.resolvedResponseType, this.given);
    }
  }

  reach(type, into) {
    if (into.has(type) || type.fullName in WELL_KNOWN) return;
    into.add(type);
    if (!(type instanceof protobuf.Type)) return;
    for (const field of type.fieldsArray) {
      if (field.resolve().resolvedType) this.reach(field.resolvedType, into);
    }
  }

  name(type, input) {
    const nested = type.parent instanceof protobuf.Type ? this.name(type.parent, false) : "";
    const both = input && type instanceof protobuf.Type && this.given.has(type);
    return nested + type.name + (both ? "Input" : "");
  }

  type(field, input) {
    const at = input ? 1 : 0;
    const resolved = field.resolvedType;
    const one = resolved
      ? WELL_KNOWN[resolved.fullName]?.[at] ?? this.name(resolved, input)
      : SCALARS[field.type]?.[at];
    if (!one) throw new Error(`${field.fullName}: no TypeScript type for ${field.type}`);
    if (field instanceof protobuf.MapField) return `Readonly<Record<string, ${one}>>`;
    return field.repeated ? `readonly (${one})[]`.replace(/\((\w+)\)/, "$1") : one;
  }

  property(field, input, optional) {
    const type = this.type(field, input);
    const end = optional ? `?: ${type}${input ? " | undefined" : ""}` : `: ${type}`;
    return `${doc(field.comment)}${input ? "" : "readonly "}${camel(field.name)}${end};\n`;
  }

  message(type, input) {
    const oneofs = type.oneofsArray.filter((o) => !o.isProto3Optional);
    const plain = type.fieldsArray.filter((f) => !oneofs.includes(f.partOf));
    const body = plain
      .map((field) => {
        const presence = field.partOf || (field.resolvedType instanceof protobuf.Type && !field.repeated && !field.map);
        return this.property(field, input, input ? !option(field, "(thalweg.field)")?.required : presence);
      })
      .join("");
    const choices = oneofs.map(
      (oneof) =>
        ` & OneOf<{\n${indent(oneof.fieldsArray.map((f) => this.property(f, input, false)).join(""), 2)}}>`,
    );
    return `${doc(type.comment)}export type ${this.name(type, input)} = {\n${indent(body, 2)}}${choices.join("")};\n`;
  }

  enumeration(type) {
    const values = Object.keys(type.values)
      .map((name) => `${indent(doc(type.comments[name]), 2)}  | "${name}"`)
      .join("\n");
    return `${doc(type.comment)}export type ${this.name(type)} =\n${values};\n`;
  }

  method(method) {
    const rule = option(method, "(thalweg.method)");
    const http = option(method, "(google.api.http)");
    const verb = ["get", "post", "put", "patch", "delete"].find((name) => name in http);
    const kind =
      rule.kind === "COMMAND"
        ? rule.secret_reply ? "once" : "named"
        : { POINT_QUERY: "read", SCAN: "read", WATCH: "watch", SIGNAL: "once" }[rule.kind];
    if (!verb || !kind) throw new Error(`${method.fullName}: no HTTP verb or no kind`);
    if (http.body && http.body !== "*") throw new Error(`${method.fullName}: body must be "*"`);
    const place = http[verb].replace(/\{(\w+)\}/g, (_, field) => `{${camel(field)}}`);
    const types = `${this.name(method.resolvedRequestType, true)}, ${this.name(method.resolvedResponseType, false)}`;
    const body = http.body ? ", true" : "";
    return `${doc(method.comment)}${lowerFirst(method.name)}: ${kind}<${types}>("${verb.toUpperCase()} ${place}"${body}),\n`;
  }

  text() {
    const kinds = [...new Set(this.methods.map((m) => this.method(m).match(/: (\w+)</)[1]))].sort();
    const all = new Set([...this.given, ...this.sent]);
    const types = [...all]
      .sort((a, b) => (this.name(a) < this.name(b) ? -1 : 1))
      .flatMap((type) =>
        type instanceof protobuf.Enum
          ? [this.enumeration(type)]
          : [
              ...(this.given.has(type) ? [this.message(type, false)] : []),
              ...(this.sent.has(type) ? [this.message(type, true)] : []),
            ],
      );
    const choice = types.some((type) => type.includes("OneOf<")) ? ", type OneOf" : "";
    return (
      `// Made by build/generate.mjs from ${this.service.parent.fullName.slice(1)}; do not edit.\n` +
      `import { ${kinds.join(", ")}${choice} } from "../method.js";\n\n` +
      `${types.join("\n")}\n` +
      `${doc(this.service.comment)}export const methods = {\n${indent(this.methods.map((m) => this.method(m)).join("\n"), 2)}};\n`
    );
  }
}

function services(namespace) {
  return namespace.nestedArray.flatMap((nested) =>
    nested instanceof protobuf.Service ? [nested] : nested.nestedArray ? services(nested) : [],
  );
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const folders = contractFolders();
const names = [];
for (const folder of folders) {
  for (const file of protoFiles(folder)) {
    const text = readFileSync(file, "utf8");
    if (!/^service /m.test(text)) continue;
    const declared = text.match(/^service (\w+)/m)[1];
    const service = services(load(file, folders)).find((s) => s.name === declared);
    const name = camel(option(service, "(thalweg.service)").name.replaceAll("-", "_"));
    writeFileSync(path.join(OUT, `${name}.ts`), new Module(service).text());
    names.push(name);
  }
}
names.sort();
writeFileSync(
  path.join(OUT, "index.ts"),
  "// Made by build/generate.mjs; do not edit.\n" +
    names.map((name) => `import { methods as ${name} } from "./${name}.js";\n`).join("") +
    `\n/** The services of a node, by their names. */\nexport const services = { ${names.join(", ")} };\n` +
    names.map((name) => `export type * as ${name} from "./${name}.js";\n`).join(""),
);
