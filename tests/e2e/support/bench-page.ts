import { readFile } from "node:fs/promises";
import type { ConsoleMessage, Page, Request } from "playwright-core";
import type { Visitor } from "./browser.js";

export type Way = "clear" | "sdk" | "proxy";

/** What a page told the browser to complain about: script errors, policy violations, logged errors. */
export interface Fault {
  readonly kind: "console" | "exception" | "policy";
  readonly text: string;
}

/** The page as a visitor uses it: by its labels, and by what it shows. */
export class BenchPage {
  readonly page: Page;
  readonly faults: Fault[] = [];
  readonly requests: Request[] = [];

  static async open(visitor: Visitor, url: string): Promise<BenchPage> {
    const page = await visitor.context.newPage();
    const bench = new BenchPage(page);
    page.on("request", (request) => bench.requests.push(request));
    page.on("console", (message) => bench.#hear(message));
    page.on("pageerror", (error) => bench.faults.push({ kind: "exception", text: error.message }));
    await page.exposeFunction("reportViolation", (text: string) =>
      bench.faults.push({ kind: "policy", text }),
    );
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const { reportViolation } = window as unknown as { reportViolation(text: string): void };
        reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(url);
    await bench.settled();
    return bench;
  }

  private constructor(page: Page) {
    this.page = page;
  }

  /** Waits until the SDK has loaded and nothing is under way. */
  async settled(): Promise<void> {
    await this.page.locator('#bench[aria-busy="false"][data-loaded="true"]').waitFor();
  }

  async choose(way: Way): Promise<void> {
    const label = { clear: "In clear", sdk: "Through the SDK", proxy: "Through the proxy" }[way];
    await this.page.getByRole("radio", { name: label }).check();
    await this.settled();
  }

  async press(name: string | RegExp): Promise<void> {
    await this.page.getByRole("button", { name }).first().click();
    await this.settled();
  }

  async runExample(): Promise<void> {
    await this.press("Run the example");
  }

  async send(name: string): Promise<void> {
    await this.page.getByLabel("Or one event by name").fill(name);
    await this.press("Send");
  }

  /** The table of names and counts under "You read". */
  async counts(): Promise<[name: string, count: number][]> {
    const rows = await this.page.locator("#read table.tally tbody tr").all();
    return Promise.all(
      rows.map(
        async (row): Promise<[string, number]> => [
          (await row.getByRole("rowheader").textContent()) ?? "",
          Number(await row.locator("td.count").textContent()),
        ],
      ),
    );
  }

  /** What "Could not be read" says of each code: rows and events. */
  async unreadable(): Promise<Record<string, { rows: number; events: number }>> {
    const texts = await this.page.locator(".unread summary").allTextContents();
    return Object.fromEntries(
      texts.map((text) => {
        const [, code = text, rows, events] = /^(\S+) (\d+) rows?, (\d+) events?$/.exec(text) ?? [];
        return [code, { rows: Number(rows), events: Number(events) }];
      }),
    );
  }

  /** The rows under "The vendor stores", tokens in full, the folded ones included. */
  async stored(): Promise<[row: string, count: number][]> {
    return this.page
      .locator("#stored tbody tr")
      .evaluateAll((rows) =>
        rows.map((row): [string, number] => [
          row.querySelector(".token")?.getAttribute("title") ?? row.querySelector("td")?.textContent ?? "",
          Number(row.querySelector(".count")?.textContent),
        ]),
      );
  }

  /** The requests under "The wire carries": line and body as shown. */
  async wire(): Promise<{ line: string; status: string; body: string }[]> {
    return this.page.locator("#wire li").evaluateAll((items) =>
      items.map((item) => ({
        line: item.querySelector(".line b")?.textContent ?? "",
        status: item.querySelector(".outcome")?.textContent ?? "",
        body: item.querySelector(".body")?.textContent ?? "",
      })),
    );
  }

  /** The lines under "Your code says". */
  async said(): Promise<string[]> {
    return this.page.locator("#said li > span:last-child").allTextContents();
  }

  /** The events kept for another try. */
  async kept(): Promise<string[]> {
    return this.page.locator("#kept li b").allTextContents();
  }

  /** How many events the SDK keeps until it can deliver them. */
  async waiting(): Promise<number> {
    const panel = this.page.locator("#waiting");
    if (!(await panel.isVisible())) return 0;
    return Number(/^\d+/.exec((await panel.locator("#waiting-count").textContent()) ?? "")?.[0]);
  }

  /** Waits until the SDK has delivered what it kept, which it does by itself. */
  async delivered(): Promise<void> {
    await this.page.locator("#waiting").waitFor({ state: "hidden" });
    await this.settled();
  }

  /** What went wrong last, or nothing. */
  async notice(): Promise<string> {
    return ((await this.page.locator("#notice p").allTextContents())[0] ?? "").trim();
  }

  /** The ids of the keys shown, the primary first. */
  async keyIds(): Promise<string[]> {
    return this.page.locator("#keys code").allTextContents();
  }

  /** Gives the page a sealed file, as the dialog for choosing one does. */
  async openFile(name: string, text: string): Promise<void> {
    await this.page
      .getByLabel("Open a sealed keyset file")
      .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    // Emptied when the file has been read and is being worked on.
    await this.page.waitForFunction(
      () => (document.getElementById("keyset-file") as HTMLInputElement).files?.length === 0,
    );
    await this.settled();
  }

  async unlock(passphrase: string): Promise<void> {
    await this.page.getByLabel("Passphrase of this file").fill(passphrase);
    await this.press(/^Unlock$/);
  }

  /** Saves the file in use; its text. */
  async saveFile(): Promise<{ readonly name: string; readonly text: string }> {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.page.getByRole("button", { name: "Save the file" }).click(),
    ]);
    return {
      name: download.suggestedFilename(),
      text: await readFile(await download.path(), "utf8"),
    };
  }

  /** What the panel of the sealed file says of it and of its lock. */
  async file(): Promise<{ what: string; state: string; why: string; rest: string; fault: string }> {
    const text = async (id: string) => ((await this.page.locator(id).textContent()) ?? "").trim();
    return {
      what: await text("#sealed-what"),
      state: await text("#sealed-state"),
      why: await text("#sealed-why"),
      rest: await text("#idle-rest"),
      fault: (await text("#passphrase-fault")) + (await text("#file-fault")),
    };
  }

  /** The keysets to choose from. */
  async keysets(): Promise<string[]> {
    return this.page.locator("#keysets label").allTextContents();
  }

  /** The keys shown: id, state and age. */
  async keys(): Promise<{ id: string; state: string; age: string }[]> {
    return this.page.locator("#keys li").evaluateAll((rows) =>
      rows.map((row) => ({
        id: row.querySelector("code")?.textContent ?? "",
        state: row.querySelector(".state")?.textContent ?? "",
        age: row.querySelector(".note")?.textContent ?? "",
      })),
    );
  }

  /** The events posted so far, as the browser sent them. */
  posted(): { path: string; body: string }[] {
    return this.requests
      .filter((request) => request.method() === "POST")
      .map((request) => ({ path: new URL(request.url()).pathname, body: request.postData() ?? "" }));
  }

  #hear(message: ConsoleMessage): void {
    if (message.type() === "error" || message.type() === "warning") {
      this.faults.push({ kind: "console", text: message.text() });
    }
  }
}
