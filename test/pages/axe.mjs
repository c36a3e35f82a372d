// Opens every page in headless Chromium, in light and dark, on a phone and a desk, and
// says what axe-core finds, which requests left the site, and what is wider than the
// screen. Standard input: {"chromium", "urls": [{"name", "url", "status"}], "shots"?}, shots being
// a folder for pictures of the pages. Standard output: an array of complaints.

import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const devices = {
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desk: { viewport: { width: 1280, height: 860 } },
};
const narrowest = 320; // CSS pixels, WCAG 2.2 §1.4.10; also a desk at 400 %
const fewestRules = 15; // on any page; less means that axe-core did not see it
const complaints = [];

const browser = await chromium.launch({
  executablePath: task.chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const screens = Object.entries(devices).flatMap(([device, options]) =>
    ["light", "dark"].map((colorScheme) => ({ device, options: { ...options, colorScheme } })));
  await Promise.all(screens.map(async ({ device, options }) => {
    const context = await browser.newContext(options);
    for (const { name, url, status } of task.urls) {
      await look(context, `${name} ${device} ${options.colorScheme}`, url, status);
    }
    await context.close();
  }));
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
  if (task.shots) await shoot(page, name);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
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
  await page.close();
}

async function shoot(page, name) {
  mkdirSync(task.shots, { recursive: true });
  await page.screenshot({ path: path.join(task.shots, name.replaceAll(" ", "_") + ".png"), fullPage: true });
}
