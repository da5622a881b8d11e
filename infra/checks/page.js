// What a reader would see of the page, measured in the browser itself.
(() => {
  const parse = color => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  // https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, alpha = 1] = parse(getComputedStyle(one).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const shown = element => element.checkVisibility({contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true})
    && element.getClientRects().length > 0;
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [text, element] = [walker.currentNode.data.trim(), walker.currentNode.parentElement];
    if (text && shown(element)) texts.push({text, element});
  }
  const wide = element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5 || element.scrollWidth > element.clientWidth + 1);
  };
  const called = element => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}: ${element.textContent.slice(0, 60)}`;
  const marks = [...document.querySelectorAll(".dot, rect")].filter(shown);
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    // Numbers in a line are cells whose text is wider than they are, too.
    cut: [...document.querySelectorAll("table, td, th, .tile, figure, h1, p")].filter(one => shown(one) && wide(one)).map(called),
    faint: texts.map(({text, element}) => [contrast(parse(getComputedStyle(element).color), behind(element)), text, element])
      .filter(([ratio]) => ratio < 4.5).map(([ratio, text, element]) => `${ratio.toFixed(2)} ${called(element)}`),
    dim: marks.map(one => [contrast(parse(getComputedStyle(one)[one.tagName === "rect" ? "fill" : "backgroundColor"]), behind(one.parentElement)), one])
      .filter(([ratio]) => ratio < 3).map(([ratio, one]) => `${ratio.toFixed(2)} ${called(one)}`),
    ground: behind(document.body),
    functions: [...document.querySelectorAll("td.who b")].filter(shown).map(one => one.title),
    words: texts.map(({text}) => text),
    nights: document.querySelectorAll("svg g").length,
    bars: [...document.querySelectorAll("svg g")].filter(one => one.getBoundingClientRect().height > 0).length,
    heading: (({x, y, width, height}) => ({x, y, width, height}))(document.querySelector("h1").getBoundingClientRect()),
    owned: typeof owned,
    elements: document.querySelectorAll("*").length,
  };
})()
