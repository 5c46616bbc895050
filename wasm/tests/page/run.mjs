// What a page does with both packages: their addresses hold a hash, so it reads them from its own JSON.

const { check, checkModule, matcher, matcherModule, register } = JSON.parse(document.getElementById("words").textContent);

/** Ready, or the name of what the browser refused. */
async function ready(glue, module) {
  const loaded = await import(glue);
  await loaded.default({ module_or_path: module });
  return loaded;
}

function draw(qr) {
  const [side, ...path] = qr.split(" ");
  const make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const svg = make("svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.appendChild(make("path")).setAttribute("d", path.join(" "));
  document.body.append(svg);
  return svg.getBBox();
}

globalThis.started = (async () => {
  try {
    globalThis.check = await ready(check, checkModule);
    globalThis.matcher = await ready(matcher, matcherModule);
    globalThis.register = new globalThis.matcher.Register(await (await fetch(register)).text());
    globalThis.draw = draw;
    return "ready";
  } catch (error) {
    return error.name;
  }
})();
