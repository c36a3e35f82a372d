package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// described is the API as its own description tells it to strangers: everything here
// comes from the document that the server gave, nothing from the table behind it.
type described struct {
	t        testing.TB
	document map[string]any
	compiler *jsonschema.Compiler
}

func readDescription(t testing.TB, w *college) *described {
	t.Helper()
	got := w.fetch("/api/v1/openapi.json")
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != typeJSON || got.Header.Get("ETag") == "" {
		t.Fatalf("%d %v", got.StatusCode, got.Header)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	w.must(err)
	d := &described{t: t, document: document.(map[string]any), compiler: jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	w.must(d.compiler.AddResource("urn:described", document))
	return d
}

// at walks into the document; a missing member fails the test.
func (d *described) at(path ...string) any {
	d.t.Helper()
	var v any = d.document
	for _, name := range path {
		members, _ := v.(map[string]any)
		if v = members[name]; v == nil {
			d.t.Fatalf("the description lacks %q of %q", name, path)
		}
	}
	return v
}

func (d *described) object(path ...string) map[string]any {
	d.t.Helper()
	members, ok := d.at(path...).(map[string]any)
	if !ok {
		d.t.Fatalf("%q is not an object", path)
	}
	return members
}

// schema compiles the schema at a place of the document.
func (d *described) schema(path ...string) *jsonschema.Schema {
	d.t.Helper()
	d.at(path...)
	pointer := ""
	for _, name := range path {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
	}
	s, err := d.compiler.Compile("urn:described#" + pointer)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// operation finds the path template and method that a request matches.
func (d *described) operation(method, path string) []string {
	d.t.Helper()
	path, _, _ = strings.Cut(strings.TrimPrefix(path, apiRoot), "?")
	for template, item := range d.object("paths") {
		if len(strings.Split(template, "/")) != len(strings.Split(path, "/")) {
			continue
		}
		pattern := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
		_, has := item.(map[string]any)[strings.ToLower(method)]
		if has && regexp.MustCompile("^"+pattern+"$").MatchString(path) {
			return []string{"paths", template, strings.ToLower(method)}
		}
	}
	d.t.Fatalf("%s %s is not described", method, path)
	return nil
}

// judge holds a real answer to what the document promises for its operation and status.
func (d *described) judge(method, path string, got reply) {
	d.t.Helper()
	op := append(d.operation(method, path), "responses", strconv.Itoa(got.StatusCode), "content")
	content := d.object(op...)
	mime := got.Header.Get("Content-Type")
	if _, promised := content[mime]; !promised {
		d.t.Errorf("%s %s: %d has the type %q", method, path, got.StatusCode, mime)
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	if err == nil {
		err = d.schema(append(op, mime, "schema")...).Validate(value)
	}
	if err != nil {
		d.t.Errorf("%s %s: %d: %v\n%s", method, path, got.StatusCode, err, got.body)
	}
}

// TestDescriptionIsOpenAPI: the rules of OpenAPI 3.1.1 that concern what is used here.
func TestDescriptionIsOpenAPI(t *testing.T) {
	d := readDescription(t, openCollege(t))
	if d.at("openapi") != "3.1.1" || d.at("info", "title") == "" || d.at("info", "version") == "" {
		t.Error("openapi or info")
	}
	if d.at("jsonSchemaDialect") != "https://json-schema.org/draft/2020-12/schema" {
		t.Error("dialect")
	}
	server := d.at("servers").([]any)[0].(map[string]any)
	if server["url"] != testBase+apiRoot {
		t.Errorf("server %v", server)
	}
	if d.at("components", "securitySchemes", "token", "scheme") != "bearer" {
		t.Error("security scheme")
	}
	known := []string{"operationId", "summary", "responses", "parameters", "requestBody", "security"}
	seen := map[string]bool{}
	for path, item := range d.object("paths") {
		if !strings.HasPrefix(path, "/") {
			t.Errorf("path %q", path)
		}
		for method := range item.(map[string]any) {
			op := d.object("paths", path, method)
			for member := range op {
				if !slices.Contains(known, member) {
					t.Errorf("%s %s has a member %q", method, path, member)
				}
			}
			id, _ := op["operationId"].(string)
			if id == "" || seen[id] || op["summary"] == "" {
				t.Errorf("%s %s: operationId %q, summary %q", method, path, id, op["summary"])
			}
			seen[id] = true
			d.checkParameters(path, method)
			d.checkResponses(path, method)
		}
	}
	d.checkReferences(d.document)
	for name := range d.object("components", "schemas") {
		d.schema("components", "schemas", name)
		if !bytes.Contains(must(json.Marshal(d.document))(t), []byte(`"#/components/schemas/`+name+`"`)) {
			t.Errorf("component %q is used nowhere", name)
		}
	}
}

// checkParameters: every part in braces has its parameter, which is required.
func (d *described) checkParameters(path, method string) {
	d.t.Helper()
	var inPath []string
	list, _ := d.object("paths", path, method)["parameters"].([]any)
	for n, p := range list {
		p := p.(map[string]any)
		if p["in"] == "path" {
			inPath = append(inPath, "{"+p["name"].(string)+"}")
			if p["required"] != true {
				d.t.Errorf("%s: parameter %v must be required", path, p["name"])
			}
		} else if p["in"] != "query" {
			d.t.Errorf("%s: parameter %d in %v", path, n, p["in"])
		}
		if schema, ok := p["schema"].(map[string]any); !ok || schema["$ref"] == nil {
			d.t.Errorf("%s: parameter %v without a schema", path, p["name"])
		}
	}
	if want := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(path, -1); !slices.Equal(inPath, want) {
		d.t.Errorf("%s: parameters %q, want %q", path, inPath, want)
	}
}

// checkResponses: statuses, descriptions, and schemas that compile.
func (d *described) checkResponses(path, method string) {
	d.t.Helper()
	op := []string{"paths", path, method}
	success := false
	for status := range d.object(append(op, "responses")...) {
		if n, err := strconv.Atoi(status); status != "default" && (err != nil || http.StatusText(n) == "") {
			d.t.Errorf("%s %s: status %q", method, path, status)
		}
		success = success || strings.HasPrefix(status, "2")
		response := append(slices.Clone(op), "responses", status)
		if text, _ := d.at(append(response, "description")...).(string); text == "" {
			d.t.Errorf("%s %s: %s without a description", method, path, status)
		}
		for mime := range d.object(append(response, "content")...) {
			d.schema(append(response, "content", mime, "schema")...)
		}
	}
	if !success {
		d.t.Errorf("%s %s cannot succeed", method, path)
	}
	if _, takes := d.object(op...)["requestBody"]; takes {
		body := append(op, "requestBody", "content", typeJSON)
		example := d.at(append(body, "example")...)
		if err := d.schema(append(body, "schema")...).Validate(example); err != nil {
			d.t.Errorf("%s %s: the example does not conform: %v", method, path, err)
		}
	}
}

// checkReferences: every $ref leads to a part of the document.
func (d *described) checkReferences(v any) {
	d.t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			path, local := strings.CutPrefix(ref, "#/")
			if !local {
				d.t.Fatalf("$ref %q", ref)
			}
			d.at(strings.Split(path, "/")...)
		}
		for _, member := range v {
			d.checkReferences(member)
		}
	case []any:
		for _, item := range v {
			d.checkReferences(item)
		}
	}
}

// TestEveryRouteIsDescribed, and everything described has a route.
func TestEveryRouteIsDescribed(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	var routes, operations []string
	for _, r := range w.server.echo.Routes() {
		if path, ok := strings.CutPrefix(r.Path, apiRoot); ok {
			routes = append(routes, r.Method+" "+regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(path, "{$1}"))
		} else if strings.HasPrefix(r.Path, "/api") {
			t.Errorf("route %s %s beside the API", r.Method, r.Path)
		}
	}
	for path, item := range d.object("paths") {
		for method := range item.(map[string]any) {
			operations = append(operations, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(operations)
	if len(routes) < 13 || !slices.Equal(routes, operations) {
		t.Errorf("routes     %q\noperations %q", routes, operations)
	}
}

// TestExamplesWork posts the examples of the description in the order in which a newcomer
// would.
func TestExamplesWork(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	example := func(method, path string) []byte {
		op := append(d.operation(method, path), "requestBody", "content", typeJSON, "example")
		return must(json.Marshal(d.at(op...)))(t)
	}
	send := func(method, path string) []byte {
		got := w.call(d, method, path, example(method, apiRoot+path))
		if got.StatusCode != 200 {
			t.Fatalf("%s %s: %d %s", method, path, got.StatusCode, got.body)
		}
		return got.body
	}
	send("PUT", "/achievements")
	send("POST", "/achievements")
	var list outcomeList
	w.must(json.Unmarshal(send("POST", "/results"), &list))
	award := "/awards/" + list.Results[0].Award
	for _, act := range []string{"/suspend", "/reinstate", "/revoke"} {
		send("POST", award+act)
	}
	send("POST", "/verify")
}
