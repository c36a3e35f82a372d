package lote

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
	"laurel/registry"
)

var now = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func period(from, until string) (p registry.Period) {
	if from != "" {
		p.From = day(from)
	}
	if until != "" {
		p.Until = day(until)
	}
	return p
}

func pen(seed string) *ecdsa.PrivateKey {
	digest := sha256.Sum256([]byte(seed))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), digest[:])
	if err != nil {
		panic(err)
	}
	return key
}

func ed(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func jkt(signer crypto.Signer) string {
	text, err := keys.Thumbprint(signer.Public())
	if err != nil {
		panic(err)
	}
	return text
}

// certificate makes one for a signer, by itself or by another.
func certificate(t testing.TB, signer crypto.Signer, by crypto.Signer, issuer *x509.Certificate, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Sample"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	if issuer == nil {
		issuer = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, signer.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var scheme = Scheme{Type: "https://registry.example/lote/v1", Operator: "Sample Operator", Name: "Sample Registry", Territory: "EU", Approach: "https://registry.example/rules", Information: "https://registry.example"}

const college = "did:web:college.example"

func entry(id, did string) *registry.Entry {
	return &registry.Entry{
		ID: registry.EntityPrefix + id, Names: []registry.Name{{Text: "Sample " + id, Kind: "english"}}, Page: "https://registry.example/" + id,
		Bindings: []registry.Binding{{
			DID: did, Period: period("2019-01-01", ""), Keys: []registry.PinnedKey{{Thumbprint: jkt(ed(1)), Period: period("2019-01-01", "")}},
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "challenge"}},
		}},
		Grants: []registry.Grant{{
			ID: "g-1", By: "policy:eqar-covered/v1", Class: registry.OfficialAccredited, Period: period("2020-01-01", "2028-01-01"),
			Scope: registry.Scope{Awards: []string{registry.Degree, registry.Microcredential}, Levels: []int{6}},
		}},
	}
}

func snapshot(t testing.TB, entries ...*registry.Entry) *registry.Snapshot {
	t.Helper()
	meta := registry.Meta{Name: "Sample", Version: 12, Issued: now.Add(-time.Hour), Fresh: now.Add(24 * time.Hour), Expires: now.AddDate(0, 0, 7)}
	s, err := registry.Of(meta, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exporter(t testing.TB) *Exporter {
	signer := pen("operator")
	return &Exporter{Scheme: scheme, Signer: signer, Chain: []*x509.Certificate{certificate(t, signer, signer, nil, nil)}}
}

// mark adds one to an entry.
func mark(k registry.MarkKind, from, until string) func(*registry.Entry) {
	return func(e *registry.Entry) {
		e.Marks = append(e.Marks, registry.Mark{Kind: k, Period: period(from, until), Event: "ev-1"})
	}
}

// lives are what may happen to a listing.
var lives = map[string]func(*registry.Entry){
	"nothing":            func(*registry.Entry) {},
	"a grant that ended": func(e *registry.Entry) { e.Grants[0].Period = period("2020-01-01", "2024-01-01") },
	"a grant to come":    func(e *registry.Entry) { e.Grants[0].Period = period("2027-01-01", "") },
	"without dates":      func(e *registry.Entry) { e.Grants[0].Period, e.Bindings[0].Period = period("", ""), period("", "") },
	"a gap": func(e *registry.Entry) {
		g := e.Grants[0]
		g.ID, g.Period = "g-2", period("2025-01-01", "")
		e.Grants[0].Period = period("2020-01-01", "2024-01-01")
		e.Grants = append(e.Grants, g)
	},
	"suspended":           mark(registry.Suspension, "2023-01-01", ""),
	"suspended for while": mark(registry.Suspension, "2023-01-01", "2024-01-01"),
	"suspended by error": func(e *registry.Entry) {
		mark(registry.Suspension, "2023-01-01", "2024-01-01")(e)
		e.Marks[0].Lifted = true
	},
	"withdrawn":        mark(registry.Withdrawal, "2025-01-01", ""),
	"revoked":          mark(registry.Revocation, "2021-01-01", ""),
	"blacklisted":      mark(registry.Blacklisting, "2025-01-01", ""),
	"blacklisted once": mark(registry.Blacklisting, "2023-01-01", "2024-01-01"),
	"to be withdrawn":  mark(registry.Withdrawal, "2026-06-04", ""),
	"one grant of two": func(e *registry.Entry) {
		g := e.Grants[0]
		g.ID = "g-2"
		e.Grants = append(e.Grants, g)
		mark(registry.Revocation, "2021-01-01", "")(e)
		e.Marks[0].Of = "g-1"
	},
	"a new key": func(e *registry.Entry) {
		e.Bindings[0].Keys = []registry.PinnedKey{{Thumbprint: jkt(ed(2)), Period: period("2019-01-01", "2023-01-01")}, {Thumbprint: jkt(ed(1)), Period: period("2023-01-01", "")}}
	},
	"a key stolen": func(e *registry.Entry) {
		e.Bindings[0].Keys[0].Period, e.Bindings[0].Keys[0].Compromised = period("2019-01-01", "2025-01-01"), true
	},
	"another identifier": func(e *registry.Entry) { e.Bindings[0].Period = period("2022-01-01", "2024-01-01") },
	"weakly bound":       func(e *registry.Entry) { e.Bindings[0].Evidence = e.Bindings[0].Evidence[:1] },
	"adverse":            func(e *registry.Entry) { e.Grants[0].Class = registry.Adverse },
	"listed elsewhere":   func(e *registry.Entry) { e.Grants[0].Class = registry.ListedElsewhere },
	"a programme only": func(e *registry.Entry) {
		e.Grants[0].Programmes = []registry.Programme{{Name: "One", IDs: []string{"x:1"}}}
	},
	"one country only": func(e *registry.Entry) { e.Grants[0].Jurisdictions = []string{"ES"} },
	"no keys":          func(e *registry.Entry) { e.Bindings[0].Keys = nil },
}

// TestSaysTheSame: whatever happened to a listing, the list that is made of it and read back
// gives a good word exactly when the registry itself does, and never more than "listed
// elsewhere". What it cannot say whole, restrictions and another list's word, it gives none
// for.
func TestSaysTheSame(t *testing.T) {
	unsaid := map[string]bool{"listed elsewhere": true, "one country only": true}
	for name, change := range lives {
		e := entry("a", college)
		change(e)
		s, x := snapshot(t, e), exporter(t)
		x.Key = func(thumbprint string) crypto.PublicKey {
			if thumbprint == jkt(ed(1)) {
				return ed(1).Public()
			}
			return nil
		}
		text, err := x.Export(s, now)
		if err != nil {
			t.Fatal(name, err)
		}
		l, err := Read(text, Trust{Signers: x.Chain}, now)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := l.Follows(l); err != nil {
			t.Error(name, err)
		}
		list, err := l.Snapshot("list")
		if err != nil {
			t.Fatal(name, err)
		}
		for year := 2018; year <= 2026; year++ {
			for _, pin := range []crypto.Signer{ed(1), ed(2), ed(3)} {
				for _, award := range []string{registry.Degree, registry.Microcredential} {
					for _, level := range []int{5, 6} {
						q := registry.Query{Issuer: college, Keys: []string{jkt(pin)}, Award: award, Level: level, IssuedAt: time.Date(year, 5, 1, 0, 0, 0, 0, time.UTC), Now: now}
						ours, theirs := s.Decide(q), list.Decide(q)
						if theirs.Summary == registry.Trusted || theirs.Summary.Positive() && !theirs.Reasons.Has(registry.ReasonElsewhere) {
							t.Errorf("%s, %d: %s", name, year, theirs.Summary)
						}
						if theirs.Summary.Positive() != (ours.Summary.Positive() && !unsaid[name]) {
							t.Errorf("%s, %d, %s %d: %s, the list says %s", name, year, award, level, ours.Summary, theirs.Summary)
						}
						q.Now = l.NextUpdate
						if d := list.Decide(q); d.Summary.Positive() {
							t.Errorf("%s, %d, after its end: %s", name, year, d.Summary)
						}
					}
				}
			}
		}
	}
}

func TestNextUpdate(t *testing.T) {
	e := entry("a", college)
	s, x := snapshot(t, e), exporter(t)
	read := func(at time.Time) *List {
		text, err := x.Export(s, at)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Read(text, Trust{Signers: x.Chain}, at)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := read(now); !l.NextUpdate.Equal(s.Expires) || l.Sequence != 12 || l.Name != "Sample Registry" || l.Operator != "Sample Operator" || l.Type != scheme.Type || !l.Issued.Equal(now) {
		t.Errorf("%+v", l)
	}
	lives["to be withdrawn"](e)
	if l := read(now); !l.NextUpdate.Equal(day("2026-06-04")) {
		t.Errorf("it outlives a change: %v", l.NextUpdate)
	}
	if l := read(day("2026-06-05")); !l.NextUpdate.Equal(s.Expires) {
		t.Errorf("%v", l.NextUpdate)
	}
	if _, err := x.Export(s, s.Expires); !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
	if _, err := x.Export(nil, now); !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
	s.Expires = now.AddDate(3, 0, 0)
	if _, err := x.Export(s, now.AddDate(2, 0, 0)); !errors.Is(err, ErrRefused) {
		t.Errorf("signed by a certificate that is out of date: %v", err)
	}
	x.Signer = pen("x")
	if _, err := x.Export(s, now); err == nil {
		t.Error("signed with another key than the certificate's")
	}
}

// TestForm: members that a list must have, and none that is empty (LoTE §6).
func TestForm(t *testing.T) {
	unnamed := entry("b", "did:web:b.example")
	unnamed.Names, unnamed.Page, unnamed.Countries = nil, "", []string{"UK-ENG"}
	unnamed.Bindings[0].Keys[0].Thumbprint = jkt(pen("b"))
	x := exporter(t)
	x.Key = func(thumbprint string) crypto.PublicKey {
		return map[string]crypto.PublicKey{jkt(ed(1)): ed(1).Public(), jkt(pen("b")): pen("b").Public()}[thumbprint]
	}
	values := 0
	for _, entries := range [][]*registry.Entry{{entry("a", college), unnamed}, {}} {
		text, err := x.Export(snapshot(t, entries...), now)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jws.Read(text, limits)
		if err != nil {
			t.Fatal(err)
		}
		list := token.Unverified().Member("LoTE")
		filled(t, "LoTE", list)
		if list.Member("TrustedEntitiesList").Present() != (len(entries) > 0) {
			t.Error("an empty list of entities, or none")
		}
		for e := range list.Member("TrustedEntitiesList").Items() {
			address := e.Member("TrustedEntityInformation").Member("TEAddress")
			if country := address.Member("TEPostalAddress").First().Member("Country").Text(); country != "EU" && country != "UK" {
				t.Error(country)
			}
			if !strings.HasPrefix(address.Member("TEElectronicAddress").First().Member("uriValue").Text(), "https://") {
				t.Error(address.Tree())
			}
			for s := range e.Member("TrustedEntityServices").Items() {
				for key := range s.Member("ServiceInformation").Member("ServiceDigitalIdentity").Member("PublicKeyValues").Items() {
					if values++; key.Member("kty").Text() != "EC" {
						t.Error(key.Tree())
					}
				}
			}
		}
	}
	if values == 0 {
		t.Error("no key is on the list")
	}
}

// filled finds texts, lists and objects that are empty.
func filled(t *testing.T, path string, v strictjson.Value) {
	switch {
	case v.Is(strictjson.Object) || v.Is(strictjson.Array):
		if v.Len() == 0 {
			t.Errorf("%s is empty", path)
		}
	case v.Is(strictjson.String) && v.Text() == "" || v.Is(strictjson.Null):
		t.Errorf("%s is empty", path)
	}
	for name, m := range v.Members() {
		filled(t, path+"."+name, m)
	}
	for item := range v.Items() {
		filled(t, path+"[]", item)
	}
}

// foreign is a list as somebody else would write it.
func foreign() object {
	return object{"LoTE": object{
		"ListAndSchemeInformation": object{
			"LoTEVersionIdentifier": 1, "LoTESequenceNumber": 3, "LoTEType": "http://uri.etsi.org/19602/LoTEType/EUPubEAAProvidersList",
			"SchemeOperatorName": []object{{"lang": "de", "value": "Behörde"}, {"lang": "en", "value": "Body"}}, "SchemeName": english("Bodies"),
			"ListIssueDateTime": "2026-06-01T00:00:00Z", "NextUpdate": "2026-07-01T00:00:00Z",
		},
		"TrustedEntitiesList": []object{{
			"TrustedEntityInformation": object{"TEName": english("Public Body")},
			"TrustedEntityServices": []object{{
				"ServiceInformation": object{
					"ServiceTypeIdentifier": PublicBodies, "ServiceStatus": "http://uri.etsi.org/19602/PubEAAProvidersList/SvcStatus/withdrawn",
					"StatusStartingTime": "2026-01-01T00:00:00Z", "ServiceDigitalIdentity": object{"OtherIds": []string{college, keyID + jkt(ed(1))}},
				},
				"ServiceHistory": []object{{
					"ServiceStatus": Notified, "StatusStartingTime": "2022-01-01T00:00:00Z", "ServiceDigitalIdentity": object{"OtherIds": []string{college, keyID + jkt(ed(1))}},
				}},
			}},
		}},
	}}
}

func signed(t testing.TB, v any, signer crypto.Signer, chain ...*x509.Certificate) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var x5c []string
	for _, c := range chain {
		x5c = append(x5c, base64.StdEncoding.EncodeToString(c.Raw))
	}
	text, err := jws.Sign("JOSE", raw, signer, object{"x5c": x5c, "sigT": "2026-06-01T00:00:00Z", "crit": []string{"sigT"}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestForeign reads a list of public bodies, one of which was withdrawn.
func TestForeign(t *testing.T) {
	signer := pen("operator")
	own := certificate(t, signer, signer, nil, nil)
	l, err := Read(signed(t, foreign(), signer, own), Trust{Signers: []*x509.Certificate{own}, Services: []string{PublicBodies}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if l.Operator != "Body" || l.Entities[0].Name != "Public Body" {
		t.Errorf("%+v", l)
	}
	s, err := l.Snapshot("bodies")
	if err != nil {
		t.Fatal(err)
	}
	for issued, want := range map[string]registry.Summary{"2021-06-01": registry.NotYetValid, "2024-06-01": registry.HistoricalOK, "2026-02-01": registry.Lapsed} {
		q := registry.Query{Issuer: college, Keys: []string{jkt(ed(1))}, Award: registry.Degree, Level: 6, IssuedAt: day(issued), Now: now}
		if d := s.Decide(q); d.Summary.Positive() != want.Positive() {
			t.Errorf("%s: %s, want %s", issued, d.Summary, want)
		}
	}
	unnamed := *l
	unnamed.trust.Services = nil
	if s, err = unnamed.Snapshot("bodies"); err != nil {
		t.Fatal(err)
	}
	if d := s.Decide(registry.Query{Issuer: college, Keys: []string{jkt(ed(1))}, Award: registry.Degree, Level: 6, IssuedAt: day("2024-06-01"), Now: now}); d.Summary.Positive() {
		t.Errorf("a service that nobody named: %s", d.Summary)
	}
}

func member(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(object)[p]
		case int:
			v = v.([]object)[p]
		}
	}
	return v
}

func TestRefused(t *testing.T) {
	info := func(change func(object)) func(object) {
		return func(v object) { change(member(v, "LoTE", "ListAndSchemeInformation").(object)) }
	}
	service := func(change func(object)) func(object) {
		return func(v object) {
			change(member(v, "LoTE", "TrustedEntitiesList", 0, "TrustedEntityServices", 0).(object))
		}
	}
	set := func(name string, value any) func(object) { return func(v object) { v[name] = value } }
	drop := func(name string) func(object) { return func(v object) { delete(v, name) } }
	current := func(change func(object)) func(object) {
		return service(func(v object) { change(v["ServiceInformation"].(object)) })
	}
	signer := pen("operator")
	own := certificate(t, signer, signer, nil, nil)
	trust := Trust{Signers: []*x509.Certificate{own}, Services: []string{PublicBodies}}
	for name, c := range map[string]struct {
		change func(object)
		want   error
	}{
		"nothing changed":         {func(object) {}, nil},
		"no list":                 {drop("LoTE"), ErrUndecided},
		"another version":         {info(set("LoTEVersionIdentifier", 2)), ErrUndecided},
		"no number":               {info(drop("LoTESequenceNumber")), ErrRefused},
		"a negative number":       {info(set("LoTESequenceNumber", -1)), ErrRefused},
		"never issued":            {info(drop("ListIssueDateTime")), ErrRefused},
		"issued in the future":    {info(set("ListIssueDateTime", "2026-06-03T00:00:00Z")), ErrRefused},
		"issued by another clock": {info(set("ListIssueDateTime", "2026-06-01T00:00:00+02:00")), ErrRefused},
		"no next update":          {info(drop("NextUpdate")), ErrRefused},
		"updated before":          {info(set("NextUpdate", "2026-05-01T00:00:00Z")), ErrRefused},
		"closed":                  {info(set("NextUpdate", nil)), nil},
		"no status":               {current(drop("ServiceStatus")), ErrUndecided},
		"no type":                 {current(drop("ServiceTypeIdentifier")), ErrRefused},
		"no beginning":            {current(drop("StatusStartingTime")), ErrRefused},
		"a status to come":        {current(set("StatusStartingTime", "2026-06-03T00:00:00Z")), ErrRefused},
		"history after":           {current(set("StatusStartingTime", "2021-06-03T00:00:00Z")), ErrRefused},
		"history at once":         {current(set("StatusStartingTime", "2022-01-01T00:00:00Z")), ErrRefused},
		"a wrong key":             {current(set("ServiceDigitalIdentity", object{"PublicKeyValues": []object{{"kty": "EC"}}})), ErrRefused},
		"a private key":           {current(set("ServiceDigitalIdentity", object{"PublicKeyValues": []object{{"kty": "oct", "k": "AA"}}})), ErrRefused},
		"a wrong certificate":     {current(set("ServiceDigitalIdentity", object{"X509Certificates": []object{{"val": "AA=="}}})), ErrRefused},
		"too many identifiers":    {current(set("ServiceDigitalIdentity", object{"OtherIds": strings.Fields(strings.Repeat(college+" ", maxIDs+1))})), ErrUndecided},
		"a long history":          {service(func(v object) { v["ServiceHistory"] = make([]object, maxHistory+1) }), ErrUndecided},
	} {
		v := foreign()
		c.change(v)
		if _, err := Read(signed(t, v, signer, own), trust, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := foreign()
	info(set("NextUpdate", nil))(closed)
	extended := foreign()
	current(set("ServiceInformationExtensions", []object{{"Critical": true}}))(extended)
	for name, v := range map[string]object{"closed": closed, "with extensions": extended} {
		l, err := Read(signed(t, v, signer, own), trust, now)
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Snapshot("x")
		if err != nil {
			t.Fatal(err)
		}
		if d := s.Decide(registry.Query{Issuer: college, Keys: []string{jkt(ed(1))}, Award: registry.Degree, Level: 6, IssuedAt: day("2024-06-01"), Now: now}); d.Summary.Positive() {
			t.Errorf("%s: %s", name, d.Summary)
		}
	}
	twice := foreign()
	list := member(twice, "LoTE", "TrustedEntitiesList").([]object)
	member(twice, "LoTE").(object)["TrustedEntitiesList"] = append(list, list[0])
	l, err := Read(signed(t, twice, signer, own), trust, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Snapshot("x"); !errors.Is(err, ErrRefused) {
		t.Errorf("one identifier of two entities: %v", err)
	}
}

// TestSigners: whose signature makes a list.
func TestSigners(t *testing.T) {
	signer, ca, other := pen("operator"), pen("ca"), pen("other")
	authority := func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject.CommonName = true, x509.KeyUsageCertSign, "Authority"
	}
	root := certificate(t, ca, ca, nil, authority)
	own, below := certificate(t, signer, signer, nil, nil), certificate(t, signer, ca, root, nil)
	old := certificate(t, signer, signer, nil, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	oldBelow := certificate(t, signer, ca, root, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	early := certificate(t, signer, signer, nil, func(c *x509.Certificate) { c.NotBefore = now.Add(time.Hour) })
	crl := certificate(t, signer, signer, nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	pool := x509.NewCertPool()
	pool.AddCert(root)
	pins := func(all ...*x509.Certificate) Trust { return Trust{Signers: all} }
	for name, c := range map[string]struct {
		text  string
		trust Trust
		good  bool
	}{
		"pinned":                       {signed(t, foreign(), signer, own), pins(own), true},
		"one of two pinned":            {signed(t, foreign(), signer, own), pins(below, own), true},
		"below a root":                 {signed(t, foreign(), signer, below), Trust{Roots: pool}, true},
		"nothing is trusted":           {signed(t, foreign(), signer, own), Trust{}, false},
		"another is pinned":            {signed(t, foreign(), signer, own), pins(root), false},
		"the same key, not the same":   {signed(t, foreign(), signer, below), pins(own), false},
		"not below the root":           {signed(t, foreign(), signer, own), Trust{Roots: pool}, false},
		"signed by another":            {signed(t, foreign(), other, own), pins(own), false},
		"without a certificate":        {signed(t, foreign(), signer), pins(own), false},
		"out of date":                  {signed(t, foreign(), signer, old), pins(old), false},
		"not yet in date":              {signed(t, foreign(), signer, early), pins(early), false},
		"below a root and out of date": {signed(t, foreign(), signer, oldBelow), Trust{Roots: pool}, false},
		"not for signing":              {signed(t, foreign(), signer, crl), pins(crl), false},
		"a chain without end":          {signed(t, foreign(), signer, own, own, own, own, own, own, own, own, own), pins(own), false},
	} {
		if _, err := Read(c.text, c.trust, now); (err == nil) != c.good || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, err := json.Marshal(foreign())
	if err != nil {
		t.Fatal(err)
	}
	x5c := []string{base64.StdEncoding.EncodeToString(own.Raw)}
	for name, more := range map[string]object{
		"another digest":      {"x5c": x5c, "x5t#S256": strings.Repeat("A", 43)},
		"something critical":  {"x5c": x5c, "crit": []string{"sigD"}, "sigD": object{}},
		"not a certificate":   {"x5c": []string{"AAAA"}},
		"base64 with a blank": {"x5c": []string{x5c[0][:40] + " " + x5c[0][40:]}},
	} {
		text, err := jws.Sign("JOSE", raw, signer, more)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(text, pins(own), now); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text, err := jws.Sign("entity-statement+jwt", raw, signer, object{"x5c": x5c})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(text, pins(own), now); !errors.Is(err, ErrRefused) {
		t.Errorf("of another type: %v", err)
	}
}

// TestFollows: a list does not go back and does not forget.
func TestFollows(t *testing.T) {
	x := exporter(t)
	read := func(version int, at time.Time, entries ...*registry.Entry) *List {
		s, err := registry.Of(registry.Meta{Version: version, Expires: now.AddDate(0, 0, 7)}, entries...)
		if err != nil {
			t.Fatal(err)
		}
		text, err := x.Export(s, at)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Read(text, Trust{Signers: x.Chain}, at)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	gone := entry("b", "did:web:gone.example")
	mark(registry.Withdrawal, "2025-01-01", "")(gone)
	before := read(12, now, entry("a", college), entry("b", "did:web:gone.example"))
	for name, c := range map[string]struct {
		next *List
		good bool
	}{
		"the next":         {read(13, now.Add(time.Hour), entry("a", college), gone), true},
		"the same, later":  {read(12, now.Add(time.Hour), entry("a", college), gone), true},
		"an older number":  {read(11, now.Add(time.Hour), entry("a", college), gone), false},
		"an earlier issue": {read(13, now.Add(-time.Hour), entry("a", college), gone), false},
		"one is forgotten": {read(13, now.Add(time.Hour), entry("a", college)), false},
	} {
		if err := c.next.Follows(before); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := *before
	other.Type = "x"
	if other.Follows(before) == nil {
		t.Error("of another type")
	}
}

// FuzzList: a list in which anything is other is not the signer's.
func FuzzList(f *testing.F) {
	signer := ed(9)
	own := certificate(f, signer, signer, nil, nil)
	text := signed(f, foreign(), signer, own)
	f.Add(text, uint(9000))
	f.Add(fmt.Sprintf("%s.%s.AA", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)), base64.RawURLEncoding.EncodeToString([]byte(`{"LoTE":{}}`))), uint(0))
	trust := Trust{Signers: []*x509.Certificate{own}}
	payload := text[strings.IndexByte(text, '.'):]
	f.Fuzz(func(t *testing.T, foreign string, bit uint) {
		if _, err := Read(foreign, trust, now); err == nil && !strings.HasSuffix(foreign, payload) {
			t.Errorf("accepted: %s", foreign)
		}
		changed := []byte(text)
		changed[int(bit/8)%len(changed)] ^= 1 << (bit % 8)
		if _, err := Read(string(changed), trust, now); err == nil {
			t.Errorf("accepted: %s", changed)
		}
	})
}
