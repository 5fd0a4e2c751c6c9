/* What the viewer does not do by itself: dark mode, and a narrow window. */
(() => {
  const viewer = document.querySelector("rapi-doc");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 767px)");
  const colors = {
    light: { "bg-color": "#fffdf9", "text-color": "#23313f",
             "primary-color": "#0d6b62", "nav-bg-color": "#f6f4ef" },
    dark: { "bg-color": "#171b20", "text-color": "#e7e3da",
            "primary-color": "#5cc4b6", "nav-bg-color": "#1e242b" },
  };
  const paint = () => {
    const theme = dark.matches ? "dark" : "light";
    viewer.setAttribute("theme", theme);
    for (const [name, value] of Object.entries(colors[theme]))
      viewer.setAttribute(name, value);
  };
  /* Below 768 px it has no menu: there a list that unfolds takes its place. */
  const arrange = () =>
    viewer.setAttribute("render-style", narrow.matches ? "view" : "focused");
  /* Its tables are made for wide windows; each part has styles of its own. */
  const fit = new CSSStyleSheet();
  fit.replaceSync(`
    #api-info { margin-left: 0 !important; }
    @media (max-width: 767px) {
      .endpoint-body .summary { display: block !important; }
      .endpoint-body .summary > div:last-child {
        position: static !important; margin-top: 8px;
      }
      .endpoint-body .summary > div:last-child > div {
        min-width: 0 !important; justify-content: flex-start !important;
      }
      .endpoint-head .path { overflow-wrap: anywhere; }
      .request-panel .m-table, .request-panel .m-table tbody,
      .request-panel .m-table tr, .request-panel .m-table td {
        display: block; width: auto !important; min-width: 0 !important;
        text-align: left; border: 0 !important; padding: 2px 0;
      }
      .request-panel .m-table tr[title] {
        border-top: 1px solid var(--light-border-color) !important;
        margin-top: 8px; padding-top: 8px;
      }
      .request-panel .m-table .param-name,
      .request-panel .m-table .param-type { text-align: left; }
      .request-panel .m-table .param-constraint { max-width: none; }
      .resp-headers + table { display: block; overflow-x: auto; }
    }`);
  for (const name of ["api-request", "api-response"])
    customElements.get(name).elementStyles.push(fit);
  dark.addEventListener("change", paint);
  narrow.addEventListener("change", arrange);
  paint();
  arrange();
  viewer.shadowRoot.adoptedStyleSheets.push(fit);
})();
