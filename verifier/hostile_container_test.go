package verifier

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"slices"
	"strings"
	"testing"

	"laurel/internal/bake"
)

func init() {
	forms["png"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.input = s.inPNG(s.badge(nil))
		return s
	}
	forms["svg"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.input = s.inSVG(s.badge(nil))
		return s
	}
	forms["page"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.input = page(`<script type="application/ld+json">`+string(s.badge(nil))+`</script>`, "")
		return s
	}
}

func (s *scene) inPNG(badge []byte) []byte {
	s.t.Helper()
	out, err := bake.BakePNG(drawing(s.t, color.White), badge)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func (s *scene) inSVG(badge []byte) []byte {
	s.t.Helper()
	svg, err := bake.WrapPNG(drawing(s.t, color.White), "Badge")
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := bake.BakeSVG(svg, badge, false)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// inserted puts a chunk before the end of a picture.
func inserted(chunks ...[]byte) func(*scene) {
	return func(s *scene) {
		end := len(s.input) - 12
		s.input = slices.Concat(s.input[:end], slices.Concat(chunks...), s.input[end:])
	}
}

func rawChunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func containerCases() []hostile {
	malformed := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "input-malformed"} }
	at := func(s *scene, what string) int { return bytes.Index(s.input, []byte(what)) }
	var bomb bytes.Buffer
	z := zlib.NewWriter(&bomb)
	for range 64 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	compressed := append([]byte("openbadgecredential\x00\x01\x00\x00\x00"), bomb.Bytes()...)
	pictures := batch{
		malformed("cut short", func(s *scene) { s.input = s.input[:len(s.input)-4] }),
		malformed("no end", func(s *scene) { s.input = s.input[:len(s.input)-12] }),
		malformed("data after the end", func(s *scene) { s.input = append(s.input, "more"...) }),
		malformed("a second picture after the end", func(s *scene) { s.input = slices.Concat(s.input, s.input) }),
		malformed("length beyond the file", func(s *scene) { binary.BigEndian.PutUint32(s.input[at(s, "iTXt")-4:], 1<<30) }),
		malformed("length beyond 31 bits", func(s *scene) { binary.BigEndian.PutUint32(s.input[at(s, "iTXt")-4:], 1<<31) }),
		malformed("length a byte short", func(s *scene) {
			i := at(s, "iTXt") - 4
			n := binary.BigEndian.Uint32(s.input[i:])
			binary.BigEndian.PutUint32(s.input[i:], n-1)
		}),
		malformed("checksum wrong", func(s *scene) { s.input[at(s, "Sample College")] ^= 1 }),
		malformed("first chunk no header", func(s *scene) { copy(s.input[12:], "iHDR") }),
		malformed("a second credential", func(s *scene) {
			inserted(itxt("openbadgecredential", s.edit(s.badge(nil), set("name", "Surgery"))))(s)
		}),
		malformed("an older badge beside", inserted(itxt("openbadges", []byte(`{"type":"Assertion"}`)))),
		{"compressed text beside that explodes", inserted(rawChunk("iTXt", compressed)), Indeterminate, "input-too-large"},
	}
	svg := func(name, old, new string) wrong { return malformed(name, replace(old, new)) }
	svgs := batch{
		svg("entity", "<svg", `<!DOCTYPE svg [<!ENTITY x "y">]><svg`),
		svg("external entity", "<svg", `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg`),
		svg("billion laughs", "<svg", `<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><svg`),
		svg("unknown entity", "</svg>", "&x;</svg>"),
		svg("data after the end", "</svg>", "</svg>more"),
		svg("a second root", "</svg>", "</svg><svg/>"),
		svg("no end", "</svg>", ""),
		malformed("a second credential", func(s *scene) {
			i, j := at(s, "<openbadges:credential"), at(s, "</openbadges:credential>")+len("</openbadges:credential>")
			again := bytes.Replace(s.input[i:j], []byte("Food Hygiene"), []byte("Surgery"), 1)
			s.input = slices.Concat(s.input[:j], again, s.input[j:])
		}),
		{"in a comment", wrapIn("<!--", "-->"), Invalid, "input-empty"},
		{"in character data", wrapIn("<desc><![CDATA[", "]]></desc>"), Invalid, "input-empty"},
		{"of another namespace", replace(`xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"`, `xmlns:openbadges="https://evil.example/ob"`), Invalid, "input-empty"},
	}
	inPage := func(wrap string) func(*scene) {
		return func(s *scene) { s.input = page("", strings.Replace(wrap, "BADGE", string(s.badge(nil)), 1)) }
	}
	pages := batch{
		{"in a comment", inPage(`<!-- <script type="application/ld+json">BADGE</script> -->`), Invalid, "input-empty"},
		{"in the text", inPage(`<p>BADGE</p>`), Invalid, "input-empty"},
		{"in a script of another type", inPage(`<script type="text/javascript">BADGE</script>`), Invalid, "input-empty"},
		{"in a field of text", inPage(`<textarea><script type="application/ld+json">BADGE</script></textarea>`), Invalid, "input-empty"},
		{"in a title", inPage(`<title><script type="application/ld+json">BADGE</script></title>`), Invalid, "input-empty"},
		{"in a style", inPage(`<style><script type="application/ld+json">BADGE</script></style>`), Invalid, "input-empty"},
		{"behind an open comment in a script", inPage(`<script><!-- <script type="application/ld+json">BADGE</script>`), Invalid, "input-empty"},
		{"in an attribute", inPage(`<p title='<script type="application/ld+json">BADGE</script>'></p>`), Invalid, "input-empty"},
	}
	inside := batch{
		{"forged", func(s *scene) { s.input = s.inPNG(s.edit(s.badge(nil), set("name", "Surgery"))) }, Invalid, "proof-invalid"},
		{"unsigned", func(s *scene) { s.input = s.inPNG(s.edit(s.badge(nil), drop("proof"))) }, Invalid, "proof-missing"},
	}
	files := batch{
		{"a ZIP of one", func(s *scene) { s.input = archive(s.t, map[string][]byte{"a.json": s.input}) }, Indeterminate, "input-many"},
		{"a ZIP with a path", func(s *scene) { s.input = archive(s.t, map[string][]byte{"../../etc/a.json": s.input}) }, Indeterminate, "input-many"},
		{"a program", func(s *scene) { s.input = append([]byte("\x7fELF"), s.input...) }, Invalid, "input-unrecognized"},
		{"of another kind by its start", func(s *scene) { s.input = append([]byte("GIF89a"), s.input...) }, Invalid, "input-unrecognized"},
		{"a broken ZIP", func(s *scene) { s.input = append([]byte("PK\x03\x04"), s.input...) }, Invalid, "input-malformed"},
	}
	return slices.Concat(pictures.of("containers", "png"), svgs.of("containers", "svg"), pages.of("containers", "page"),
		inside.of("containers", "png"), files.of("containers", "eddsa-rdfc"))
}

// itxt is an uncompressed chunk of international text.
func itxt(keyword string, text []byte) []byte {
	return rawChunk("iTXt", append([]byte(keyword+"\x00\x00\x00\x00\x00"), text...))
}

// wrapIn puts the credential's element into something that is not markup.
func wrapIn(before, after string) func(*scene) {
	return func(s *scene) {
		text := string(s.input)
		i, j := strings.Index(text, "<openbadges:credential"), strings.Index(text, "</openbadges:credential>")+len("</openbadges:credential>")
		// without what would end the wrapping early: a signature has any two signs at times
		inner := strings.NewReplacer("<![CDATA[", "", "]]>", "", "--", "__").Replace(text[i:j])
		s.input = []byte(text[:i] + before + inner + after + text[j:])
	}
}
