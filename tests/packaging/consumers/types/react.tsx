// The hooks, as a React program in TypeScript uses them. Compiled against the installed package, never run.

import type { Client } from "blindtally";
import {
  BlindtallyProvider,
  type BlindtallyProviderProps,
  type LogEvent,
  type ResultsState,
  type UseResultsOptions,
  useBlindtally,
  useLogEvent,
  useResults,
} from "blindtally/react";
import type { ReactNode } from "react";

type Events = { login: undefined; "dose.missed": { ward: string } };

export function App({ client }: { client: Client<Events> | Promise<Client<Events>> | undefined }): ReactNode {
  const props: BlindtallyProviderProps = { client };
  return (
    <BlindtallyProvider client={client}>
      <BlindtallyProvider {...props}>
        <Page />
      </BlindtallyProvider>
    </BlindtallyProvider>
  );
}

export function Untyped({ client }: { client: Client }): ReactNode {
  const logEvent = useLogEvent();
  void logEvent("anything", { at: "all" });
  return <BlindtallyProvider client={client} />;
}

export function Page(): ReactNode {
  const client: Client<Events> | undefined = useBlindtally<Events>();
  const logEvent: LogEvent<Events> = useLogEvent<Events>();
  const options: UseResultsOptions = { refreshMs: 60_000 };
  const all: ResultsState<Record<string, number>> = useResults({ refreshMs: 60_000 });
  const { results, error, refresh } = useResults({ ...options, by: "ward" });
  const group: Record<string, number> | undefined = results?.["dose.missed"];
  const missed = async (): Promise<void> => {
    await logEvent("login");
    await logEvent("dose.missed", { ward: "7b" });
    // @ts-expect-error there is no such event
    await logEvent("logout");
    // @ts-expect-error this event needs its properties
    await logEvent("dose.missed");
    await client?.optIn();
    refresh();
  };
  // @ts-expect-error a provider has a client
  const without = <BlindtallyProvider />;
  // @ts-expect-error an endpoint is no client
  const wrong = <BlindtallyProvider client="https://analytics.example" />;
  return (
    <button type="button" onClick={missed}>
      {error ? "unknown" : (group?.["7b"] ?? all.results?.login)} {without} {wrong}
    </button>
  );
}
