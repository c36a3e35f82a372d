package bake

import (
	"errors"
	"strings"
	"testing"
)

const plainSVG = `<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`

func TestBakeSVG(t *testing.T) {
	const (
		declared = ` xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"`
		token    = `verify="` + sampleToken + `"></`
	)
	for name, test := range map[string]struct{ before, after string }{
		"plain": {
			plainSVG,
			`<svg` + declared + ` xmlns="http://www.w3.org/2000/svg"><openbadges:credential ` + token + `openbadges:credential><g/></svg>`,
		},
		"no content": {
			`<svg xmlns="http://www.w3.org/2000/svg" />`,
			`<svg` + declared + ` xmlns="http://www.w3.org/2000/svg" ><openbadges:credential ` + token + `openbadges:credential></svg>`,
		},
		"prefixed root, declaration, comments": {
			"\ufeff<?xml version='1.0'?>\n<!-- <svg> --><s:svg\n a='/' xmlns:s='http://www.w3.org/2000/svg'/><!-- end -->\n",
			"<?xml version='1.0'?>\n<!-- <svg> --><s:svg" + declared + "\n a='/' xmlns:s='http://www.w3.org/2000/svg'><openbadges:credential " + token + "openbadges:credential></s:svg><!-- end -->\n",
		},
		"namespace known": {
			`<svg xmlns:b="https://purl.imsglobal.org/ob/v3p0" xmlns="http://www.w3.org/2000/svg"> </svg>`,
			`<svg xmlns:b="https://purl.imsglobal.org/ob/v3p0" xmlns="http://www.w3.org/2000/svg"><b:credential ` + token + `b:credential> </svg>`,
		},
		"prefix taken": {
			`<svg xmlns:openbadges="http://openbadges.org" xmlns:openbadges3="x:" xmlns="http://www.w3.org/2000/svg"><openbadges:assertion verify="https://college.example"/></svg>`,
			`<svg xmlns:openbadges4="https://purl.imsglobal.org/ob/v3p0" xmlns:openbadges="http://openbadges.org" xmlns:openbadges3="x:" xmlns="http://www.w3.org/2000/svg"><openbadges4:credential ` + token + `openbadges4:credential></svg>`,
		},
		"replaced": {
			`<svg` + declared + ` xmlns="http://www.w3.org/2000/svg"><openbadges:credential>{}</openbadges:credential><g/><x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0" verify="a.b.c"/>é</svg>`,
			`<svg` + declared + ` xmlns="http://www.w3.org/2000/svg"><openbadges:credential ` + token + `openbadges:credential><g/>é</svg>`,
		},
	} {
		out, err := BakeSVG([]byte(test.before), []byte(sampleToken), true)
		if err != nil || string(out) != test.after {
			t.Errorf("%s:\n%s\nwant\n%s\n%v", name, out, test.after, err)
			continue
		}
		again, err := BakeSVG(out, []byte(sampleToken), true)
		if err != nil || string(again) != test.after {
			t.Errorf("%s: baking the same again changes the file, %v", name, err)
		}
	}
}

func TestBakeSVGKeepsJSON(t *testing.T) {
	for _, credential := range []string{
		sampleJSON, "{}", "{\"a\":\"]]>]]>]]\"}", "{\r\n\t\"a\":\r1,\"b\":\"]]\r>\"}", `{"a":"&amp;<!-- -->"}`,
		"{\"a\":\"\u0085\u2028\ufeff😀\"}",
	} {
		out, err := BakeSVG([]byte(plainSVG), []byte(credential), false)
		if err != nil {
			t.Errorf("%q: %v", credential, err)
			continue
		}
		p, err := UnbakeSVG(out)
		if err != nil || string(p.Bytes) != credential || p.Kind != OpenBadges3 || p.Warnings != nil {
			t.Errorf("%q comes out as %+v, %v", credential, p, err)
		}
	}
	for _, bad := range []string{"{\"a\":\"\uffff\"}", "{\"a\":\"\x01\"}", sampleToken} {
		if _, err := BakeSVG([]byte(plainSVG), []byte(bad), false); !errors.Is(err, ErrCredential) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestUnbakeSVG(t *testing.T) {
	const (
		start = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0" xmlns:old="http://openbadges.org" xmlns:clr="https://purl.imsglobal.org/clr/v2p0">`
		jws   = `<o:credential verify="` + sampleToken + `"/>`
	)
	for name, test := range map[string]struct {
		inside   string
		want     string
		kind     Kind
		warnings int
	}{
		"token":            {jws, sampleToken, OpenBadges3, 0},
		"cdata":            {`<o:credential> <![CDATA[ {"a":1} ]]> </o:credential>`, `{"a":1}`, OpenBadges3, 0},
		"escaped text":     {`<o:credential>{"a":"&lt;&amp;"}</o:credential>`, `{"a":"<&"}`, OpenBadges3, 0},
		"token as text":    {`<o:credential>` + sampleToken + `</o:credential>`, sampleToken, OpenBadges3, 0},
		"other prefix":     {`<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0" verify="a.b.c"/>`, "a.b.c", OpenBadges3, 0},
		"default":          {`<credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="a.b.c"/>`, "a.b.c", OpenBadges3, 0},
		"deep":             {`<metadata><g>` + jws + `</g></metadata>`, sampleToken, OpenBadges3, 1},
		"twice":            {jws + jws, sampleToken, OpenBadges3, 1},
		"not in comments":  {`<!-- <o:credential verify="x.y.z"/> --><desc><![CDATA[<o:credential verify="x.y.z"/>]]></desc>` + jws, sampleToken, OpenBadges3, 0},
		"prefix lies":      {`<o:credential xmlns:o="https://college.example" verify="x.y.z"/><o:other/>` + jws, sampleToken, OpenBadges3, 0},
		"clr":              {`<clr:credential verify="a.b.c"/>`, "a.b.c", CLR2, 0},
		"2.0 hosted":       {`<old:assertion verify="https://college.example/1">{"id":1}</old:assertion>`, `{"id":1}`, OpenBadges2, 0},
		"2.0 signed":       {`<old:assertion verify="a.b.c">{"id":1}</old:assertion>`, `a.b.c`, OpenBadges2, 0},
		"2.0 address only": {`<old:assertion verify="https://college.example/1"/>`, `https://college.example/1`, OpenBadges2, 0},
	} {
		p, err := UnbakeSVG([]byte(start + test.inside + "</svg>"))
		if err != nil || string(p.Bytes) != test.want || p.Kind != test.kind || len(p.Warnings) != test.warnings {
			t.Errorf("%s: %+v (%s), %v", name, p, p.Bytes, err)
		}
	}
	for name, test := range map[string]struct {
		inside string
		want   error
	}{
		"none":               {"<g/>", ErrNoCredential},
		"no namespace":       {`<credential verify="a.b.c"/><openbadges:credential verify="a.b.c"/>`, ErrNoCredential},
		"namespace in case":  {`<credential xmlns="https://purl.imsglobal.org/OB/v3p0" verify="a.b.c"/>`, ErrNoCredential},
		"conflict":           {jws + `<o:credential verify="a.b.c"/>`, ErrConflict},
		"conflict of kinds":  {jws + `<old:assertion verify="a.b.c"/>`, ErrConflict},
		"conflict within":    {`<o:credential verify="a.b.c">{}</o:credential>`, ErrConflict},
		"empty":              {`<o:credential> </o:credential>`, ErrMalformed},
		"foreign attribute":  {`<o:credential o:verify="a.b.c"/>`, ErrMalformed},
		"element inside":     {`<o:credential>{<g/>}</o:credential>`, ErrMalformed},
		"nested":             {`<o:credential>` + jws + `</o:credential>`, ErrMalformed},
		"attribute twice":    {`<o:credential verify="a.b.c" verify="a.b.c"/>`, ErrMalformed},
		"entity":             {`<o:credential>&badge;</o:credential>`, ErrMalformed},
		"not closed":         {`<g>`, ErrMalformed},
		"declaration inside": {`<?xml version="1.0"?>`, ErrMalformed},
		"directive inside":   {`<!DOCTYPE svg>`, ErrMalformed},
		"too many":           {strings.Repeat(jws, maxPlaces+1), ErrTooLarge},
		"too deep":           {strings.Repeat("<g>", maxElementDepth) + strings.Repeat("</g>", maxElementDepth), ErrTooLarge},
		"too many tokens":    {strings.Repeat("<g/>", maxTokens/2), ErrTooLarge},
		"crowded element":    {`<g` + strings.Repeat(` a="/>"`, maxAttributes+1) + `/>`, ErrTooLarge},
		"crowded, malformed": {`<g` + strings.Repeat(` a = '>'`, maxAttributes+1) + `<`, ErrTooLarge},
		"crowded in all":     {strings.Repeat(`<g a="" b=""/>`, maxAllAttributes/2) + `<g a=""/>`, ErrTooLarge},
		"not UTF-8":          {"<g a='\xff'/>", ErrMalformed},
		"long":               {`<o:credential>` + strings.Repeat("a", MaxPayloadBytes+1) + `</o:credential>`, ErrTooLarge},
	} {
		if p, err := UnbakeSVG([]byte(start + test.inside + "</svg>")); !errors.Is(err, test.want) || p.Bytes != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestSVGDocumentRefused(t *testing.T) {
	for name, document := range map[string]string{
		"empty":             "",
		"text":              "svg",
		"other root":        `<html xmlns="http://www.w3.org/2000/svg"/>`,
		"no namespace":      `<svg/>`,
		"two roots":         plainSVG + plainSVG,
		"text after":        plainSVG + "x",
		"text before":       "x" + plainSVG,
		"entities":          `<!DOCTYPE svg [<!ENTITY a "b">]>` + plainSVG,
		"external subset":   `<!DOCTYPE svg SYSTEM "a" [ ]>` + plainSVG,
		"entity alone":      `<!ENTITY a "b">` + plainSVG,
		"two doctypes":      `<!DOCTYPE svg><!DOCTYPE svg>` + plainSVG,
		"doctype after":     plainSVG + `<!DOCTYPE svg>`,
		"late declaration":  ` <?xml version="1.0"?>` + plainSVG,
		"other encoding":    `<?xml version="1.0" encoding="ISO-8859-1"?>` + plainSVG,
		"XML 1.1":           `<?xml version="1.1"?>` + plainSVG,
		"UTF-16":            "\xfe\xff\x00<\x00s\x00v\x00g",
		"comment alone":     "<!-- -->",
		"cut in tag":        plainSVG[:30],
		"cut before end":    plainSVG[:len(plainSVG)-1],
		"attribute twice":   `<svg xmlns="http://www.w3.org/2000/svg" a="1" a="2"/>`,
		"attribute unquote": `<svg xmlns="http://www.w3.org/2000/svg" a=1/>`,
	} {
		if _, err := UnbakeSVG([]byte(document)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := BakeSVG([]byte(document), []byte("{}"), false); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: baked, %v", name, err)
		}
	}
	huge := []byte(plainSVG + strings.Repeat(" ", MaxImageBytes))
	if _, err := UnbakeSVG(huge); !errors.Is(err, ErrTooLarge) {
		t.Errorf("huge: %v", err)
	}
	full := []byte(plainSVG + strings.Repeat(" ", MaxImageBytes-len(plainSVG)))
	if _, err := BakeSVG(full, []byte("{}"), false); !errors.Is(err, ErrTooLarge) {
		t.Errorf("full: %v", err)
	}
}

// Only what stands in a start tag counts as an attribute.
func TestSVGAttributesCounted(t *testing.T) {
	equals := strings.Repeat(`="" `, maxAttributes+1)
	inside := `<o:credential><![CDATA[{"a":"` + strings.ReplaceAll(equals, `"`, `\"`) + `"}]]></o:credential><!-- ` + equals + `--><?a ` + equals + `?>` +
		equals + `<g a=">` + strings.Repeat("=", maxAttributes) + `"/>`
	svg := `<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">` + inside + `</svg>`
	if _, err := UnbakeSVG([]byte(svg)); err != nil {
		t.Error(err)
	}
}

func TestDetect(t *testing.T) {
	crowded := strings.Repeat(` a=""`, maxAttributes+1)
	for file, want := range map[string]Format{
		`<svg` + crowded + `/>`: SVG, // for UnbakeSVG to refuse
		`{"a":"<svg` + crowded:  Other,
		plainSVG:                SVG,
		" \n" + plainSVG:        SVG,
		"\ufeff" + plainSVG:     SVG,
		`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><!-- c --><a:svg`:  Other,
		`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><!-- c --><a:svg>`: SVG,
		string(picture(t)): PNG,
		pngSignature:       PNG,
		"\x89PNG":          Other,
		"":                 Other,
		"{}":               Other,
		"<html><svg/>":     Other,
		"<":                Other,
		strings.Repeat("<!-- -->", maxPrologTokens) + plainSVG: Other,
		sampleToken: Other,
	} {
		if got := Detect([]byte(file)); got != want {
			t.Errorf("%.60q is %d, want %d", file, got, want)
		}
	}
}
