package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"

	"laurel/issuer"
)

type handler func(s *Server, c echo.Context, r request) (status int, answer any, err error)

// operation is one row of the table that drives both the routes and their description.
type operation struct {
	method, path string // the path as OpenAPI writes it, below apiRoot
	name         string // its operationId
	summary      string
	open         bool // needs no token
	parameters   []parameter
	takes        string      // component that the body must conform to; empty: no body
	carries      string      // member of the body that the component lets be any object; empty: none
	alone        func() bool // whether the component admits that member without others
	many         int         // how many of them a body may list; 0: it is one object
	eachAlone    bool        // each of many is held to the component by the handler
	example      string      // a body that works
	answers      map[int]string
	missing      missing // what there is not, where the answer is 404
	refuses      []int   // statuses with a problem, beside those of every operation
	handle       handler
}

type parameter struct {
	in, name, about string
	schema          string // component
	number          bool
}

var (
	awardID = parameter{in: "path", name: "id", about: "The award.", schema: "AwardId"}
	keyed   = parameter{in: "path", name: "key", about: "The achievement's key.", schema: "Key"}
)

const noAward missing = "no award has this id"

// operations is the table.
func operations() []operation {
	imports := operation{
		path: "/achievements", takes: "AchievementEntry", many: 500, example: achievementExample,
		summary: "Adds achievements to the catalogue or replaces them, all or none; others stay as they are",
		answers: map[int]string{200: "AchievementList"}, handle: (*Server).importAchievements,
	}
	post, put := imports, imports
	post.method, post.name = http.MethodPost, "addAchievements"
	put.method, put.name = http.MethodPut, "putAchievements"
	status := func(name, summary, example string, act handler) operation {
		return operation{
			method: http.MethodPost, path: "/awards/{id}/" + name, name: name + "Award", summary: summary,
			parameters: []parameter{awardID}, takes: "StatusChange", example: example,
			answers: map[int]string{200: "Award"}, missing: noAward, refuses: []int{404, 409}, handle: act,
		}
	}
	return []operation{
		post, put,
		{
			method: http.MethodGet, path: "/achievements", name: "listAchievements", summary: "The catalogue in the order of the keys",
			answers: map[int]string{200: "AchievementList"}, handle: (*Server).listAchievements,
		},
		{
			method: http.MethodGet, path: "/achievements/{key}", name: "readAchievement", summary: "One achievement, as it is published",
			parameters: []parameter{keyed}, answers: map[int]string{200: "AchievementRecord"}, missing: "no achievement has this key",
			refuses: []int{404}, handle: (*Server).readAchievement,
		},
		{
			method: http.MethodPost, path: "/results", name: "recordResults",
			summary: "Turns assessment results into awards; sending them again does no harm. 207: some were refused, the others stand",
			takes:   "AssessmentResult", many: maxRecorded, eachAlone: true, example: resultExample,
			answers: map[int]string{200: "OutcomeList", 207: "OutcomeList"}, handle: (*Server).recordResults,
		},
		{
			method: http.MethodGet, path: "/awards", name: "listAwards", summary: "Awards in the order of their ids; the header Link has the address of the next page",
			parameters: []parameter{
				{in: "query", name: "after", about: "Begins after this award.", schema: "AwardId"},
				{in: "query", name: "limit", about: "How many at most; 100 without it.", schema: "Limit", number: true},
			},
			answers: map[int]string{200: "AwardList"}, handle: (*Server).listAwards,
		},
		{
			method: http.MethodGet, path: "/awards/{id}", name: "readAward", summary: "One award",
			parameters: []parameter{awardID}, answers: map[int]string{200: "Award"}, missing: noAward,
			refuses: []int{404}, handle: (*Server).readAward,
		},
		status("revoke", "Ends an award for good", `{"reason":"The assessment was repeated."}`, changeStatus((*issuer.Issuer).Revoke)),
		status("suspend", "Makes an award not count for the time being", `{"reason":"An appeal is open."}`, changeStatus((*issuer.Issuer).Suspend)),
		status("reinstate", "Makes a suspended award count again", `{"reason":"The appeal was upheld."}`, changeStatus((*issuer.Issuer).Reinstate)),
		{
			method: http.MethodGet, path: "/profile", name: "readProfile", summary: "The institution in whose name badges are issued",
			answers: map[int]string{200: "Profile"}, missing: "the college has no profile yet: laurel init makes it",
			refuses: []int{404}, handle: (*Server).readProfile,
		},
		{
			method: http.MethodPost, path: "/verify", name: "verify", summary: "Verifies a credential or what stands behind a link",
			takes: "VerifyRequest", carries: "credential", alone: credentialAlone, example: verifyExample, answers: map[int]string{200: "Report"}, refuses: []int{429, 503},
			handle: (*Server).verifyForPrograms,
		},
		{
			method: http.MethodGet, path: "/openapi.json", name: "describe", summary: "This document", open: true,
			answers: map[int]string{200: "OpenAPI"}, handle: (*Server).describeAPI,
		},
	}
}

const (
	achievementExample = `{"id":"food-hygiene-2","name":"Food Hygiene, Level 2","description":"Keeps food safe.",` +
		`"criteria":{"narrative":"Pass the **practical** test."},"achievementType":"Certificate",` +
		`"resultDescription":[{"id":"score","name":"Score","resultType":"Percent","valueMin":"0","valueMax":"100"}],` +
		`"validMonths":36,"suspendable":true}`
	resultExample = `[{"key":"2026-05-30/food/1","achievement":"food-hygiene-2","email":"ada@students.college.example",` +
		`"awardedAt":"2026-05-30T00:00:00Z","values":{"score":"92"}},` +
		`{"key":"2026-05-30/food/2","achievement":"food-hygiene-2","email":"lin@students.college.example",` +
		`"awardedAt":"2026-05-30T00:00:00Z","name":"Lin Sample","showName":true}]`
	verifyExample = `{"credential":"eyJhbGciOiJFZERTQSJ9.e30.c2FtcGxl","recipient":"ada@students.college.example"}`
)

// credentialAlone asks once whether a VerifyRequest may have nothing but a credential, as most
// have.
var credentialAlone = sync.OnceValue(func() bool {
	return violations("VerifyRequest", map[string]any{"credential": map[string]any{}}) == nil
})

// parameter finds a parameter by its place and name; the zero value is none.
func (op operation) parameter(in, name string) parameter {
	for _, p := range op.parameters {
		if p.in == in && p.name == name {
			return p
		}
	}
	return parameter{}
}

// problems lists the statuses with which the operation refuses; all of them refuse
// parameters that they do not know.
func (op operation) problems() []int {
	statuses := []int{http.StatusBadRequest}
	if !op.open {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if op.takes != "" {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	statuses = append(statuses, op.refuses...)
	slices.Sort(statuses)
	return statuses
}

// object is a JSON object of the description.
type object = map[string]any

func componentRef(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// describeAPI answers with the OpenAPI 3.1 description of the table.
func (s *Server) describeAPI(c echo.Context, _ request) (int, any, error) {
	body, err := describe(s.issuer.Base())
	return http.StatusOK, nil, s.send(c, document{body: body, mime: typeJSON, maxAge: freshSeconds}, err)
}

func describe(base string) ([]byte, error) {
	paths := object{}
	for _, op := range operations() {
		item, ok := paths[op.path].(object)
		if !ok {
			item = object{}
			paths[op.path] = item
		}
		item[methodMember[op.method]] = op.describe()
	}
	return json.Marshal(object{
		"openapi":           "3.1.1",
		"info":              object{"title": "Laurel management API", "version": "1", "summary": "Awards Open Badges 3.0 after assessments, and verifies them."},
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"servers":           []object{{"url": base + apiRoot}},
		"security":          []object{{"token": []string{}}},
		"paths":             paths,
		"components": object{
			"schemas":         json.RawMessage(apiSchemas),
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
		},
	})
}

var methodMember = map[string]string{http.MethodGet: "get", http.MethodPost: "post", http.MethodPut: "put"}

func (op operation) describe() object {
	out := object{"operationId": op.name, "summary": op.summary, "responses": op.responses()}
	if op.open {
		out["security"] = []object{}
	}
	if op.takes != "" {
		out["requestBody"] = op.requestBody()
	}
	var parameters []object
	for _, p := range op.parameters {
		parameters = append(parameters, object{
			"in": p.in, "name": p.name, "description": p.about, "required": p.in == "path", "schema": componentRef(p.schema),
		})
	}
	if parameters != nil {
		out["parameters"] = parameters
	}
	return out
}

func (op operation) requestBody() object {
	schema := componentRef(op.takes)
	if op.many > 0 {
		list := object{"type": "array", "minItems": 1, "maxItems": op.many, "items": componentRef(op.takes)}
		schema = object{"oneOf": []object{schema, list}}
	}
	content := object{"schema": schema, "example": json.RawMessage(op.example)}
	return object{"required": true, "content": object{typeJSON: content}}
}

func (op operation) responses() object {
	out := object{}
	for status, schema := range op.answers {
		out[strconv.Itoa(status)] = object{
			"description": http.StatusText(status), "content": object{typeJSON: object{"schema": componentRef(schema)}},
		}
	}
	problem := object{typeProblem: object{"schema": componentRef("Problem")}}
	for _, status := range op.problems() {
		out[strconv.Itoa(status)] = object{"description": http.StatusText(status), "content": problem}
	}
	out["default"] = object{"description": "Any other failure", "content": problem}
	return out
}
