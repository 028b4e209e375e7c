export const HELP = `Imports a log as usage.

  npm run -s usage:import -- --file <log> --format <format> [options]

Input
  --file <path>            the log; - for standard input; .gz is unpacked while reading
  --format <format>        combined | csv | jsonl | cloudevents
  --tenant-from <where>    path-segment      first segment of the request path (combined)
                           fixed:<code>      every line belongs to this tenant
                           column:<name>     a column, field or attribute (csv, jsonl, cloudevents)
                           Without it: column tenant (csv, jsonl), attribute subject (cloudevents).
  --metric <metric>        what is counted. csv, jsonl: for rows that name none of their own; cloudevents:
                           instead of what the events say (data.metric, or else type), needed by none
  --source <name>          tells servers apart whose logs could contain the same line (A-Z a-z 0-9 . _ -)
  --column <field>=<name>  csv, jsonl: column of id, timestamp, quantity, tenant or metric; repeatable
  --property <name>        csv, jsonl, cloudevents: keep this column as a property; repeatable
  --delimiter <character>  csv: the separator, default a comma
  --with-path              combined: keep the path, without its query, as a property

Sending
  --batch <n>              events a request, 1 to 10000, default 1000
  --in-flight <n>          requests at once, 1 to 16, default 4
  --unknown-tenants skip|fail  whether lines of tenants that are not there make the exit code 1
                           (default: skip with path-segment, otherwise fail)
  --roles-claim <name>     claim of the token with its roles, default custom:roles
  --tenant-claim <name>    claim of the token with its tenant, default custom:tenant

Result
  --broken-out <path>      write all broken lines there: number, tab, reason
  --json                   print the summary as JSON
  --help

Environment
  LANDLORD_URL             default http://127.0.0.1:3000
  LANDLORD_TOKEN           a token. An operator's token may import for any tenant; any other token
                           imports for its own tenant only, with --tenant-from fixed:<code>.

Running it again with the same file and options adds nothing: what was counted is recognised by its id.
Exit code: 0 all delivered (broken lines are listed, not fatal), 1 something was not delivered, 2 wrong usage.
`;
