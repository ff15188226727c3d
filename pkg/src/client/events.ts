// What an event is to an application: its types, which every part of the client shares.

/** A value beside the name of an event. `null` and `undefined` are no property. */
export type PropertyValue = string | number | boolean | null | undefined;

/** Values beside the name of an event, each under the name of a field. What is sent of them is said by policies. */
export type Properties = Readonly<Record<string, PropertyValue>>;

/**
 * The events of an application: each name with its properties, `undefined` for none.
 *
 * @example
 * ```ts
 * type Events = { login: undefined; "dose.missed": { ward: string; late?: boolean } };
 * const client = createClient<Events>({ endpoint, keyset, properties: { ward: "deterministic" } });
 * ```
 */
export type EventMap = Record<string, Properties | undefined>;

/** What may stand for {@link EventMap}: an interface too, although it has no index. */
export type EventsLike<Events> = {
  readonly [Name in keyof Events]: { readonly [Field in keyof Events[Name]]: PropertyValue } | undefined;
};

/** The names of events. */
export type EventName<Events> = keyof Events & string;

/** The names of the fields of all events. */
export type EventField<Events> = FieldOf<Events[keyof Events]>;

/** What `logEvent` takes behind a name: properties, which may be left out if none of them is required. */
export type EventArguments<Events, Name extends keyof Events> = [Name] extends [NameAlone<Events>]
  ? [properties?: Events[Name]]
  : [properties: Events[Name]];

/** An event as `logEvents` takes it: a name, or a name with properties. */
export type LoggedEvent<Events = EventMap> =
  | (NameAlone<Events> & string)
  | {
      [Name in EventName<Events>]: [Name] extends [NameAlone<Events>]
        ? { readonly name: Name; readonly properties?: Events[Name] | undefined }
        : { readonly name: Name; readonly properties: Events[Name] };
    }[EventName<Events>];

/** What is sent of the values of a field; see SPEC.md, section 18. */
export type PropertyPolicy = "deterministic" | "randomized" | "clear" | "drop";

/** A policy for each field; one without a policy is dropped. */
export type PropertyPolicies<Events = EventMap> = {
  readonly [Field in EventField<Events>]?: PropertyPolicy | undefined;
};

/** An event on its way out of the application, still in clear. */
export interface OutgoingEvent<Events = EventMap> {
  name: EventName<Events>;
  properties: Record<string, PropertyValue>;
}

/** The application's own last word on each event: what it returns is sent, and nothing if that is `null` or `undefined`. */
export type BeforeSend<Events = EventMap> = (
  event: OutgoingEvent<Events>,
) => { readonly name: EventName<Events>; readonly properties?: Properties | undefined } | null | undefined;

/** The names whose properties may be left out. */
type NameAlone<Events> = {
  [Name in keyof Events]: undefined extends Events[Name]
    ? Name
    : Record<never, never> extends Events[Name]
      ? Name
      : never;
}[keyof Events];

type FieldOf<Of> = Of extends undefined ? never : keyof Of & string;
