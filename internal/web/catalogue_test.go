package web

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"laurel/issuer"
	"laurel/registry"
	"laurel/verifier"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestCatalogueIsTheSameInEveryLanguage(t *testing.T) {
	for _, other := range tongues[1:] {
		for _, key := range slices.Sorted(maps.Keys(tongues[0].words())) {
			text, ok := other.words()[key]
			if !ok {
				t.Errorf("%s: no %q", other.Code, key)
				continue
			}
			want := slices.Sorted(slices.Values(placeholder.FindAllString(tongues[0].words()[key], -1)))
			got := slices.Sorted(slices.Values(placeholder.FindAllString(text, -1)))
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q has the placeholders %v, not %v", other.Code, key, got, want)
			}
			if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "<>") || strings.ContainsFunc(text, hidden) {
				t.Errorf("%s: %q is empty or has markup: %q", other.Code, key, text)
			}
		}
		for key := range other.words() {
			if _, ok := tongues[0].words()[key]; !ok {
				t.Errorf("%s: %q is not in the first language", other.Code, key)
			}
		}
	}
}

// dynamicKeys are the keys that pages put together.
// steps are those that a page can advise, each of which some check ends in.
func steps() []string {
	always := []string{stepPerson, stepKeep, stepIssuer, stepOriginal, stepParts, stepConnect}
	for _, s := range stepsOfReasons {
		always = append(always, s.step)
	}
	return slices.AppendSeq(slices.AppendSeq(always, maps.Values(stepsOfCodes)), maps.Values(stepsOfTrust))
}

func dynamicKeys() (all []string) {
	for _, code := range verifier.Codes() {
		all = append(all, "code."+code)
	}
	for _, id := range []string{"input", "syntax", "context", "schema", "proof", "issuer", "validity", "status", "refresh", "endorsements", "credentials", "recipient", "trust"} {
		all = append(all, "check."+id)
	}
	for _, status := range []string{"pass", "fail", "warn", "skip"} {
		all = append(all, "status."+status)
	}
	for _, status := range explained {
		for _, part := range []string{".title", ".lead", ".next"} {
			all = append(all, "error."+strconv.Itoa(status)+part)
		}
	}
	for _, state := range []issuer.State{issuer.Issued, issuer.Suspended, issuer.Revoked, expired, withdrawn} {
		all = append(all, "standing."+string(state), "standing."+string(state)+".sentence")
	}
	for _, m := range []mark{rely, care, dont} {
		all = append(all, "verify.short."+string(m), "verify.mark."+string(m), "verify.mark."+string(m)+".credential", "verify.mark."+string(m)+".set")
	}
	for _, step := range steps() {
		all = append(all, "next."+step)
	}
	for _, form := range downloadForms {
		all = append(all, "download."+form, "download."+form+".hint")
	}
	return append(append(all, "error.entry.title", "error.entry.lead", "error.entry.next"), keysOfRegistries()...)
}

// summaries are all that a registry can answer.
func summaries() (all []registry.Summary) {
	for s := registry.Indeterminate; s <= registry.NotListed; s++ {
		all = append(all, s)
	}
	return all
}

// keysOfRegistries are the keys for the codes of registries.
func keysOfRegistries() (all []string) {
	add := func(prefix string, codes ...string) {
		for _, code := range codes {
			all = append(all, prefix+code)
		}
	}
	add("registry.reason.", reasonCodes...)
	add("registry.kind.", evidenceKinds...)
	add("registry.name.", nameKinds...)
	add("registry.via.", relations...)
	add("registry.award.", awards...)
	add("registry.old.", registry.Stale.String(), registry.Expired.String())
	add("registry.count", "", ".one")
	add("trust.witnesses", "", ".one")
	add("trust.source.", timeSources...)
	add("age.", "minute", "minutes", "hour", "hours", "day", "days")
	add("registry.says.", registry.Adverse.String(), registry.ContestedCoverage.String())
	for _, s := range listingStates {
		add("registry.state.", s.String())
		add("registry.says.", s.String())
	}
	for _, c := range classes {
		add("registry.class.", c.String(), c.String()+".note")
	}
	for _, k := range []registry.MarkKind{registry.Suspension, registry.Withdrawal, registry.Revocation} {
		add("registry.mark.", k.String())
	}
	for s := registry.NoEvidence; s <= registry.Registered; s++ {
		add("registry.strength.", s.String())
	}
	for f := registry.Fresh; f <= registry.Expired; f++ {
		add("registry.fresh.", f.String())
	}
	for _, f := range fits {
		add("trust.fit.", f.String())
	}
	for _, e := range registry.EventTypes() {
		add("registry.event.", string(e))
	}
	for r := range registry.AllReasons.All() {
		add("trust.reason.", r.String())
	}
	for _, s := range summaries() {
		add("trust.says.", s.String())
	}
	return all
}

func TestCatalogueHasWhatPagesSayAndNothingElse(t *testing.T) {
	used := map[string]bool{}
	for _, key := range dynamicKeys() {
		used[key] = true
	}
	said := regexp.MustCompile(`(?:\bT|\$\.T|p\.T|s\.page\(c,) ?\(?"([a-z][a-z0-9.-]*[a-z0-9])"`)
	files := sources(t)
	for name, text := range files {
		for _, found := range said.FindAllStringSubmatch(text, -1) {
			used[found[1]] = true
			if _, ok := tongues[0].words()[found[1]]; !ok {
				t.Errorf("%s says %q, which the catalogue lacks", name, found[1])
			}
		}
	}
	for _, key := range dynamicKeys() {
		if _, ok := tongues[0].words()[key]; !ok {
			t.Errorf("the catalogue lacks %q", key)
		}
	}
	for key := range tongues[0].words() {
		if !used[key] {
			t.Errorf("no page says %q", key)
		}
	}
}

// sources returns the package's templates and code, tests left out.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		raw, err := os.ReadFile(path)
		files[path] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		query, accept, want string
		explicit            bool
	}{
		{"", "", "en", false},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", "zh", false},
		{"", "zh-TW", "zh", false},
		{"", "en-GB,zh;q=0.5", "en", false},
		{"", "de-DE,de;q=0.9", "en", false},
		{"", "*", "en", false},
		{"", strings.Repeat("x-", 10_000), "en", false},
		{"", "\xff;q=q", "en", false},
		{"zh", "en", "zh", true},
		{"en", "zh", "en", true},
		{"<script>", "zh", "zh", false},
	} {
		got, explicit := choose(c.query, c.accept)
		if got.Code != c.want || explicit != c.explicit {
			t.Errorf("choose(%q, %.30q) = %s, %v", c.query, c.accept, got.Code, explicit)
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 5, 3, 23, 30, 0, 0, time.FixedZone("", -2*60*60))
	for n, want := range []string{"4 May 2026", "2026年5月4日"} {
		if got := tongues[n].Date(at); got != want {
			t.Errorf("%s: %s", tongues[n].Code, got)
		}
	}
	if got := tongues[1].moment(at); got != "2026年5月4日 01:30 UTC" {
		t.Error(got)
	}
}

func TestPlaceholders(t *testing.T) {
	tongue := &tongue{words: func() words { return words{"greet": "{a} and {b}"} }}
	if got := tongue.T("greet", "a", "{b}", "b", "B"); got != "{b} and B" {
		t.Errorf("a value was taken for a placeholder: %q", got)
	}
	if got := tongue.T("none"); got != "none" {
		t.Errorf("%q", got)
	}
}
