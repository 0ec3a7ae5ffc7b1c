SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  validatorUrl: null,
  deepLinking: true,
  // The operations show their schemas; the list of all schemas below them stays folded away.
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  showExtensions: true,
  showCommonExtensions: true,
});
