// Opens every page in headless Chromium, in light and dark, on a phone, a desk and a desk
// at 200 %, and says what axe-core finds, which requests left the site, and what is wider
// than the screen. Then it uses the verifier's form with scripts and without. Standard
// input: {"chromium", "urls": [{"name", "url", "status", "looks"}], "form": {"url", "texts": [{"text", "says"}],
// "files": [{"name", "base64", "says"}]}, "shots"?}, shots being a folder for pictures of the
// pages. Standard output: an array of complaints.

import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const devices = {
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desk: { viewport: { width: 1280, height: 860 } },
  zoomed: { viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 },
};
const screensInTurn = ["phone light", "desk dark", "phone dark", "desk light", "zoomed light"]; // a page is seen on the first "looks" of them
const fewScreens = screensInTurn.slice(0, 2); // on which the form is used
const narrowest = 320; // CSS pixels, WCAG 2.2 §1.4.10; also a desk at 400 %
const fewestRules = 15; // on any page; less means that axe-core did not see it
const complaints = [];

const browser = await chromium.launch({
  executablePath: task.chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const screens = Object.entries(devices).flatMap(([device, options]) =>
    (device === "zoomed" ? ["light"] : ["light", "dark"]).map((colorScheme) => ({ device, options: { ...options, colorScheme } })));
  await Promise.all(screens.map(async ({ device, options }) => {
    const context = await browser.newContext(options);
    for (const { name, url, status, looks } of task.urls) {
      if (!screensInTurn.slice(0, looks).includes(`${device} ${options.colorScheme}`)) continue;
      await look(context, `${name} ${device} ${options.colorScheme}`, url, status);
    }
    if (task.form && fewScreens.includes(`${device} ${options.colorScheme}`)) await useForm(context, `form ${device} ${options.colorScheme}`, true);
    await context.close();
  }));
  if (task.form) {
    for (const [device, options] of Object.entries(devices)) {
      const context = await browser.newContext({ ...options, javaScriptEnabled: false });
      await useForm(context, `form ${device} without scripts`, false);
      await context.close();
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(complaints, null, 1));

async function look(context, name, url, status) {
  const page = await context.newPage();
  const complain = (what) => complaints.push(`${name}: ${what}`);
  page.on("request", (r) => {
    if (!r.url().startsWith("data:") && new URL(r.url()).origin !== new URL(url).origin) complain(`asked ${r.url()}`);
  });
  page.on("console", (m) => {
    if (m.type() === "error" && !m.text().includes("the server responded with a status")) complain(`console: ${m.text()}`);
  });
  const response = await page.goto(url, { waitUntil: "load" });
  if (response.status() !== status) complain(`status ${response.status()}, not ${status}`);
  await judge(page, name, complain);
  await page.close();
}

// judge runs axe-core on a page as it stands, unfolded, and makes it narrow.
async function judge(page, name, complain) {
  if (task.shots) await shoot(page, name);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  await page.evaluate(() => document.querySelectorAll(".touch").forEach((d) => { d.style.display = "block"; }));
  if (task.shots) await shoot(page, name + " unfolded");
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run({ rules: { "target-size": { enabled: true } } }));
  for (const v of result.violations) {
    for (const n of v.nodes) complain(`${v.id}: ${v.help}: ${n.target.join(" ")}: ${n.html.slice(0, 160)} ${n.any.map((a) => a.message).join("; ")}`);
  }
  if (result.passes.length < fewestRules) complain(`axe-core applied only ${result.passes.length} rules`);
  await page.setViewportSize({ width: narrowest, height: 740 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > narrowest) complain(`${width} pixels wide on a screen of ${narrowest}`);
}

// useForm gives the form all that it takes, as a person does.
async function useForm(context, name, scripted) {
  const page = await context.newPage();
  const complain = (what) => complaints.push(`${name}: ${what}`);
  page.on("pageerror", (e) => complain(`script: ${e.message}`));
  page.on("console", (m) => { if (m.type() === "error") complain(`console: ${m.text()}`); });
  const open = () => page.goto(task.form.url, { waitUntil: "load" });
  const send = async (says) => {
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click("[type=submit]")]);
    const text = await page.textContent("main");
    if (!text.includes(says)) complain(`the answer is not ${says}: ${text.replace(/\s+/g, " ").slice(0, 200)}`);
  };
  for (const { text, says } of task.form.texts) {
    await open();
    await page.fill("#badge", text);
    await send(says);
  }
  for (const file of task.form.files) {
    await open();
    await page.setInputFiles("#file", { name: file.name, mimeType: "application/octet-stream", buffer: Buffer.from(file.base64, "base64") });
    await send(file.says);
    if (scripted && file === task.form.files[0]) await judge(page, name + " answer", complain);
  }
  if (scripted) await useScript(page, complain, open, send);
  await page.close();
}

// useScript drops, pastes and scans.
async function useScript(page, complain, open, send) {
  const { text, says } = task.form.texts[0];
  const file = task.form.files[0];
  for (const kind of ["drop", "paste"]) {
    await open();
    await page.evaluate(({ kind, file }) => {
      const held = new DataTransfer();
      held.items.add(new File([Uint8Array.from(atob(file.base64), (c) => c.charCodeAt(0))], file.name));
      const form = document.getElementById("form");
      const event = kind === "drop" ? new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true });
      form.dispatchEvent(event);
    }, { kind, file });
    if (!(await page.textContent("#said")).includes(file.name)) complain(`${kind}: nothing is said of the file`);
    if (!(await page.evaluate(() => document.activeElement.type === "submit"))) complain(`${kind}: the button has no focus`);
    await send(file.says);
  }
  await open();
  await page.evaluate((text) => {
    const held = new DataTransfer();
    held.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
  }, text);
  await send(says);
  await open();
  await page.click("#scan");
  await page.waitForSelector("dialog[open] video");
  await page.evaluate(axe);
  for (const v of (await page.evaluate(() => globalThis.axe.run("dialog"))).violations) complain(`camera: ${v.id}: ${v.help}`);
  if (task.shots) await shoot(page, "camera " + page.viewportSize().width);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("video").srcObject === null); // the camera is off
  await page.click("#scan");
  await page.waitForFunction(() => document.querySelector("video").videoWidth > 0);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.click("#take")]);
  if (!(await page.textContent("h1")).includes("Do not rely")) complain("a picture without a code is not refused");
}

async function shoot(page, name) {
  mkdirSync(task.shots, { recursive: true });
  await page.screenshot({ path: path.join(task.shots, name.replaceAll(" ", "_") + ".png"), fullPage: true });
}
