// Starts Swagger UI. A file of its own, because the content security policy allows no inline script.
const docs = document.getElementById("docs");
window.SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
