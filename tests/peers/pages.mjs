// Drives the sandbox's pages in a real browser, scripts off, at the width of a phone.
// Arguments: address of the sign-in page, console address, folder for pictures. Prints what it saw as JSON.
import { chromium } from "playwright-core";

const [device, login, pictures] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const seen = {};
for (const scheme of ["light", "dark"]) {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 }, javaScriptEnabled: false, colorScheme: scheme,
  });
  const page = await context.newPage();
  const look = async (name) => {
    await page.screenshot({ path: `${pictures}/${name}-${scheme}.png`, fullPage: true });
    const wide = await page.locator("body").evaluate((body) => body.ownerDocument.documentElement.scrollWidth);
    seen[`${name} ${scheme}`] = { wide, heading: await page.locator("h1").innerText() };
  };
  if (scheme === "light") {
    await page.goto(device.split("?")[0]);
    await look("enter");
    await page.fill("#code", "zzzz zzzz");
    await page.click("button.primary");
    await look("unknown");
    await page.fill("#code", new URL(device).searchParams.get("user_code").toLowerCase());
    await page.click("button.primary");
    await look("consent");
    await page.click("button[value=allow]");
  } else {
    await page.goto(device);
  }
  await look("done");
  await page.goto(login);
  await look("console");
  seen[`console ${scheme}`].text = await page.locator("dl").innerText();
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seen));
