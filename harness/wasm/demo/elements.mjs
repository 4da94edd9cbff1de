// Makes elements of the page.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An element of HTML with attributes and children, which are elements or texts. */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** A sentence in which names stand in `backquotes`, as nodes. */
export function sentence(text) {
  return text.split("`").map((part, i) => (i % 2 ? html("code", {}, part) : part));
}
