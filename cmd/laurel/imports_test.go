package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/needs"
)

// mayImport is who may import whom: each package of the module, and those of ours that it
// may import. What is not listed is not allowed; "*" allows all.
var mayImport = map[string][]string{
	"cmd/laurel":               {"*"},
	"internal/web":             {"issuer", "verifier", "registry", "keys", "schemas", "internal/bake", "internal/picture", "internal/strictjson", "internal/vc", "internal/badge", "internal/store", "internal/vcapi", "internal/federation", "internal/linkage", "internal/onboarding", "internal/signed", "internal/trqp"},
	"internal/vcapi":           {"verifier", "keys", "schemas", "internal/did", "internal/jsonld", "internal/proof", "internal/rdfc", "internal/status", "internal/strictjson", "internal/vc"},
	"internal/store":           {"issuer", "registry"},
	"internal/store/storetest": {"issuer"},
	"internal/results":         {"issuer", "internal/badge", "internal/delimited"},
	"internal/deqar":           {"internal/fetch", "internal/store", "internal/strictjson", "registry"},
	"internal/deqar/deqartest": {},
	"verifier":                 {"registry", "keys", "schemas", "internal/badge", "internal/bake", "internal/did", "internal/fetch", "internal/intake", "internal/jsonld", "internal/memo", "internal/ob2", "internal/proof", "internal/status", "internal/strictjson", "internal/vc"},
	"issuer":                   {"registry", "keys", "schemas", "internal/badge", "internal/did", "internal/jsonld", "internal/picture", "internal/proof", "internal/status", "internal/strictjson", "internal/vc"},
	"internal/linkage":         {"internal/did", "internal/jsonld", "internal/proof", "internal/signed", "internal/strictjson", "internal/vc", "keys", "registry"},
	"internal/registrar":       {"internal/deqar", "internal/durable", "internal/repository", "internal/signed", "internal/strictjson", "internal/translog", "keys", "registry"},
	"internal/onboarding":      {"internal/durable", "internal/linkage", "internal/strictjson", "registry"},
	"internal/follow":          {"internal/durable", "internal/fetch", "internal/repository", "internal/strictjson", "internal/translog", "registry"},
	"registry":                 {"internal/strictjson"},
	"internal/status":          {"internal/strictjson", "internal/vc", "schemas"},
	"internal/proof":           {"internal/vc", "internal/jcs", "internal/jsonld", "internal/rdfc", "internal/strictjson", "keys"},
	"internal/ob2":             {"internal/badge", "internal/strictjson", "internal/vc"},
	"internal/badge":           {"internal/vc", "internal/jsonld", "internal/shape", "internal/strictjson", "schemas"},
	"internal/shape":           {"internal/strictjson"},
	"internal/vc":              {"internal/jsonld", "internal/strictjson", "schemas"},
	"internal/jsonld":          {"internal/engine", "internal/jcs", "internal/rdfc", "internal/strictjson", "schemas"},
	"internal/engine":          {"internal/jcs", "internal/rdfc", "internal/strictjson"},
	"internal/bench":           {"verifier", "keys", "internal/badge", "internal/did", "internal/jcs", "internal/jsonld", "internal/proof", "internal/status", "internal/strictjson", "internal/vc"},
	"internal/did":             {"internal/fetch", "internal/memo", "internal/strictjson", "keys"},
	"internal/repository":      {"internal/durable", "internal/fetch", "internal/signed", "internal/strictjson", "internal/translog", "keys"},
	"internal/translog":        {"internal/durable", "internal/strictjson", "keys"},
	"internal/signed":          {"internal/jws", "internal/strictjson", "keys"},
	"internal/jws":             {"internal/strictjson", "keys"},
	"internal/trqp":            {"internal/strictjson", "registry"},
	"internal/federation":      {"internal/did", "internal/fetch", "internal/jws", "internal/strictjson", "keys", "registry"},
	"internal/dcc":             {"internal/did", "internal/federation", "internal/strictjson", "keys", "registry"},
	"internal/ebsi":            {"internal/did", "internal/fetch", "internal/jws", "internal/strictjson", "keys", "registry"},
	"internal/lote":            {"internal/jws", "internal/strictjson", "keys", "registry"},
	"internal/durable":         {},
	"internal/fetch/fetchtest": {"internal/fetch"},
	"internal/intake":          {"internal/bake", "internal/delimited", "internal/strictjson"},
	"internal/fetch":           {}, "internal/rdfc": {}, "internal/jcs": {"internal/strictjson"}, "internal/strictjson": {}, "internal/bake": {}, "internal/delimited": {}, "internal/memo": {}, "internal/picture": {},
	"internal/needs": {}, "schemas": {}, "keys": {}, "examples": {},
	"internal/jsonld/jsonldtest": {"internal/needs", "internal/strictjson"}, "internal/rdfc/rdfctest": {"internal/rdfc"},
}

// gates are the packages that alone may import a library, or one of its packages.
var gates = map[string][]string{
	"github.com/labstack/echo/v4":           {"internal/web"},
	"go.etcd.io/bbolt":                      {"internal/store"},
	"github.com/piprate/json-gold":          {"internal/jsonld"},
	"github.com/go-jose/go-jose/v4":         {"internal/proof", "internal/bench"},
	"github.com/fxamacker/cbor/v2":          {"internal/proof"},
	"github.com/gowebpki/jcs":               {}, // tests compare with it
	"github.com/lestrrat-go/jwx/v2":         {"keys"},
	"filippo.io/age":                        {"keys"},
	"github.com/santhosh-tekuri/jsonschema": {"schemas"},
	"github.com/spf13/cobra":                {"cmd/laurel"},
	"github.com/schollz/progressbar":        {"cmd/laurel"},
	"github.com/yuin/goldmark":              {"internal/web"},
	"github.com/boombuler/barcode":          {"internal/picture"},
	"golang.org/x/image":                    {"internal/picture", "internal/intake"},
	"github.com/makiuchi-d/gozxing":         {"internal/intake"},
	"go.mau.fi/util":                        {"internal/linkage"},
	"golang.org/x/net/html":                 {"internal/intake"},
	"golang.org/x/mod":                      {"internal/translog"},
	"net/http":                              {"internal/deqar/deqartest", "internal/fetch", "internal/fetch/fetchtest", "internal/web"},
	"net":                                   {"internal/fetch", "internal/web", "cmd/laurel", "keys"},
	"math/rand":                             {},
	"math/rand/v2":                          {"internal/deqar/deqartest", "internal/store/storetest", "internal/jsonld/jsonldtest"},
	"os/exec":                               {"internal/needs"},
	"unsafe":                                {},
}

// TestImports reads every file of the module that is not a test.
func TestImports(t *testing.T) {
	root := needs.Root(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		relative, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		checkImports(t, filepath.ToSlash(relative), path)
		return nil
	})
	if err != nil || files < 50 {
		t.Fatal(files, err)
	}
}

func checkImports(t *testing.T, pkg, path string) {
	t.Helper()
	allowed, known := mayImport[pkg]
	if !known {
		t.Errorf("%s: a package without a rule; say in mayImport what it may import", pkg)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if ours, ok := strings.CutPrefix(name, "laurel/"); ok {
			if !slices.Contains(allowed, "*") && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", path, ours)
			}
			continue
		}
		for library, gate := range gates {
			if (name == library || strings.HasPrefix(name, library+"/") && !isStandard(library)) && !slices.Contains(gate, pkg) {
				t.Errorf("%s imports %s, which only %v may", path, name, gate)
			}
		}
	}
}

// isStandard: net/url is not net.
func isStandard(library string) bool { return !strings.Contains(library, ".") }
