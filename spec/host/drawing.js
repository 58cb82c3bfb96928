// What a browser has laid out of the page's main part, as shapes and lines of text alone, which
// every viewer of SVG shows. A colour is the class of the page's variable that it is.
(() => {
  const main = document.querySelector("main"), shapes = [];
  const from = main.getBoundingClientRect();
  const at = (n) => Math.round(n * 10) / 10;
  const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

  const names = {}, probe = main.appendChild(document.createElement("i"));
  for (const name of ["ground", "ink", "muted", "grid", "shade", "blue", "orange", "green", "red",
    "yellow"]) {
    probe.style.color = `var(--${name})`;
    names[getComputedStyle(probe).color] = name;
  }
  probe.remove();

  const rect = (name, x, y, width, height) => name && width > 0 && shapes.push(
    `<rect class="${name}" x="${at(x - from.x)}" y="${at(y - from.y)}" width="${at(width)}" ` +
    `height="${at(height)}"/>`);

  const box = (element, style) => {
    const b = element.getBoundingClientRect();
    rect(names[style.backgroundColor], b.x, b.y, b.width, b.height);
    const top = parseFloat(style.borderTopWidth), bottom = parseFloat(style.borderBottomWidth);
    if (top) rect(names[style.borderTopColor], b.x, b.y, b.width, top);
    if (bottom) rect(names[style.borderBottomColor], b.x, b.bottom - bottom, b.width, bottom);
  };

  const line = (words, place, style, anchor) => shapes.push(
    `<text class="${names[style.color]}" x="${at(place[anchor] - from.x)}" ` +
    `y="${at(place.y + place.height * 0.78 - from.y)}" font-size="${at(parseFloat(style.fontSize))}"` +
    (style.fontWeight > 400 ? ` font-weight="${style.fontWeight}"` : "") +
    (anchor === "right" ? ' text-anchor="end"' : "") + `>${escape(words)}</text>`);

  const text = (node, style) => {
    const anchor = /right|end/.test(style.textAlign) ? "right" : "x", range = document.createRange();
    let words = "", place = null;
    for (const match of node.data.matchAll(/\S+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const next = range.getBoundingClientRect();
      if (place && next.y > place.y + 2) {
        line(words, place, style, anchor);
        place = null;
      }
      words = place ? `${words} ${match[0]}` : match[0];
      place = place ? new DOMRect(place.x, place.y, next.right - place.x, place.height) : next;
    }
    if (place) line(words, place, style, anchor);
  };

  const chart = (svg) => {
    const b = svg.getBoundingClientRect(), [, , width] = svg.getAttribute("viewBox").split(" ");
    shapes.push(`<g transform="translate(${at(b.x - from.x)} ${at(b.y - from.y)}) ` +
      `scale(${(b.width / width).toFixed(3)})" font-size="12">` +
      svg.innerHTML.replace(/style="(fill|stroke): var\(--(\w+)\);?"/g, 'class="$2"')
        .replace(/<text /g, '<text class="ink" ') + "</g>");
  };

  const visit = (element) => {
    if (element.localName === "svg") return chart(element);
    const style = getComputedStyle(element);
    box(element, style);
    for (const node of element.childNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) visit(node);
      else if (node.nodeType === Node.TEXT_NODE) text(node, style);
    }
  };
  visit(main);
  return { width: Math.ceil(from.width), height: Math.ceil(from.height), shapes: shapes.join("\n") };
})();
