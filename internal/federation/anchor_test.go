package federation

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/registry"
)

const (
	web       = "did:web:college.example"
	voluntary = "did:web:voluntary.example"
	suspended = "did:web:suspended.example"
	lapsed    = "did:web:lapsed.example"
	elsewhere = "did:web:elsewhere.example"
)

// selfContained is a did:key, with its key.
func selfContained() (string, crypto.Signer) {
	signer := key("s")
	id, _, err := did.DIDKey(signer.Public())
	if err != nil {
		panic(err)
	}
	return id, signer
}

func entry(id string, class registry.Class, pins ...string) *registry.Entry {
	e := &registry.Entry{
		ID: registry.EntityPrefix + id, Names: []registry.Name{{Text: "Sample " + id}}, Site: "https://college.example",
		Bindings: []registry.Binding{{
			DID:      id,
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "challenge"}},
		}},
		Grants: []registry.Grant{{
			ID: "g-1", By: "policy:eqar-covered/v1", Class: class, Period: registry.Period{From: now.AddDate(-1, 0, 0), Until: now.AddDate(1, 0, 0)},
			Scope: registry.Scope{Awards: []string{registry.Degree}, Levels: []int{6}},
		}},
	}
	for _, p := range pins {
		e.Bindings[0].Keys = append(e.Bindings[0].Keys, registry.PinnedKey{Thumbprint: p})
	}
	return e
}

func snapshot(t testing.TB, expires time.Duration, more ...*registry.Entry) *registry.Snapshot {
	t.Helper()
	id, signer := selfContained()
	stopped, over := entry(suspended, registry.OfficialAccredited, jkt(key("w"))), entry(lapsed, registry.OfficialAccredited, jkt(key("w")))
	stopped.Marks = []registry.Mark{{Kind: registry.Suspension, Period: registry.Period{From: now.Add(-time.Hour)}, Event: "ev-1"}}
	over.Grants[0].Until = now.Add(-time.Hour)
	programme := entry(voluntary, registry.ESGVoluntary, jkt(key("w")))
	programme.Grants[0].Programmes = []registry.Programme{{Name: "One", IDs: []string{"x:1"}}}
	two, ended := entry(web, registry.OfficialAccredited, jkt(key("w"))), entry(web, registry.ESGVoluntary).Grants[0]
	ended.ID, ended.Until = "g-2", now.Add(-time.Hour)
	two.Grants = append(two.Grants, ended)
	all := []*registry.Entry{
		two, entry(id, registry.GrantedByRegistry, jkt(signer)), programme, stopped, over,
		entry(elsewhere, registry.ListedElsewhere, jkt(key("w"))), entry("https://other.example", registry.OfficialAccredited, jkt(key("w"))),
	}
	meta := registry.Meta{Name: "Sample", Version: 7, Issued: now.Add(-time.Hour), Fresh: now.Add(expires), Expires: now.Add(expires)}
	s, err := registry.Of(meta, append(all, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func anchor() *Anchor { return &Anchor{ID: top, Name: "Sample Registry", Signer: keyOf(top)} }

// serve answers for an anchor as a server would.
func serve(a *Anchor, s *registry.Snapshot) did.Getter {
	return func(_ context.Context, address, _ string, _ int64) ([]byte, string, error) {
		u, err := url.Parse(address)
		if err != nil {
			return nil, "", err
		}
		var r Reply
		switch u.Path {
		case wellKnown:
			r = a.Configuration(s, now)
		case FetchPath:
			r = a.Fetch(s, u.Query(), now)
		default:
			r = Reply{Status: 404}
		}
		if r.Status != 200 {
			return nil, "", fetch.StatusError{Code: r.Status}
		}
		return r.Body, address, nil
	}
}

func direct(get did.Getter, pins ...crypto.PublicKey) *Direct {
	return &Direct{Name: "Sample Anchor", ID: top, Keys: pins, Get: get, Now: func() time.Time { return now }}
}

// TestAnchorIsRead: what an anchor of ours says is read by a client of ours, and says no
// more than that the issuer is listed elsewhere.
func TestAnchorIsRead(t *testing.T) {
	s := snapshot(t, time.Hour)
	id, signer := selfContained()
	known := anchor()
	known.Key = func(thumbprint string) crypto.PublicKey {
		if thumbprint == jkt(key("w")) {
			return key("w").Public()
		}
		return nil
	}
	for name, c := range map[string]struct {
		anchor *Anchor
		pins   crypto.PublicKey
		issuer string
		key    crypto.Signer
		want   registry.Summary
		reason registry.Reason
	}{
		"a DID that is its key":        {anchor(), keyOf(top).Public(), id, signer, registry.TrustedWithConditions, registry.ReasonElsewhere},
		"a site, the key not known":    {anchor(), keyOf(top).Public(), web, key("w"), registry.TrustedWithConditions, registry.ReasonElsewhere},
		"a site, not known, and other": {anchor(), keyOf(top).Public(), web, key("x"), registry.Indeterminate, registry.ReasonUnpinnedKey},
		"a site, the key known":        {known, keyOf(top).Public(), web, key("w"), registry.TrustedWithConditions, registry.ReasonElsewhere},
		"a site, another key":          {known, keyOf(top).Public(), web, key("x"), registry.Indeterminate, registry.ReasonUnpinnedKey},
		"suspended":                    {known, keyOf(top).Public(), suspended, key("w"), registry.NotListed, registry.ReasonNotListed},
		"nobody":                       {known, keyOf(top).Public(), "did:web:nobody.example", key("w"), registry.NotListed, registry.ReasonNotListed},
		"another anchor's key":         {known, key("x").Public(), web, key("w"), registry.Indeterminate, registry.ReasonSourceUnavailable},
	} {
		source, _ := direct(serve(c.anchor, s), c.pins).Source(t.Context(), c.issuer)
		v := registry.Sources{source}.Decide(registry.Query{
			Issuer: c.issuer, Keys: []string{jkt(c.key)}, Award: registry.Degree, Level: 6, IssuedAt: now.AddDate(0, -1, 0), Now: now,
		})
		if v.Summary != c.want || !v.Reasons.Has(c.reason) {
			t.Errorf("%s: %s %s", name, v.Summary, v.Reasons.Text())
		}
	}
}

func verified(t testing.TB, r Reply, typ string) strictjson.Value {
	t.Helper()
	if r.Status != 200 || r.Media != "application/"+typ {
		t.Fatalf("%d %s %s", r.Status, r.Media, r.Body)
	}
	token, err := jws.Read(string(r.Body), limits)
	if err != nil {
		t.Fatal(err)
	}
	c, err := token.Verify(typ, keyOf(top).Public(), jws.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnchorAnswers(t *testing.T) {
	s, a := snapshot(t, time.Hour), anchor()
	id, _ := selfContained()
	own := verified(t, a.Configuration(s, now), typeStatement)
	if end, _ := jws.Moment(own.Member("exp")); !end.Equal(now.Add(time.Hour)) {
		t.Errorf("the configuration outlives the snapshot: %v", end)
	}
	far := snapshot(t, 90*time.Hour)
	if end, _ := jws.Moment(verified(t, a.Configuration(far, now), typeStatement).Member("exp")); !end.Equal(now.Add(24 * time.Hour)) {
		t.Errorf("more than a day: %v", end)
	}
	lists := map[string][]string{
		"":                            {web, id, voluntary},
		"trust_marked=true":           {web, id, voluntary},
		"trust_marked=false":          {},
		"intermediate=true":           {},
		"intermediate=false":          {web, id, voluntary},
		"entity_type=" + issuerType:   {web, id, voluntary},
		"entity_type=openid_provider": {},
		"trust_mark_type=" + top + "/tm/eqar-covered/v1":  {web},
		"trust_mark_type=" + top + "/tm/esg-voluntary/v1": {voluntary},
	}
	for query, want := range lists {
		values, _ := url.ParseQuery(query)
		r := a.List(s, values, now)
		var got []string
		if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != 200 || r.Media != "application/json" {
			t.Fatal(query, r.Status, string(r.Body))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", query, got)
		}
	}
	metadata := verified(t, a.Fetch(s, url.Values{"sub": {web}}, now), typeStatement).Member("metadata")
	if metadata.Member(issuerType).Member("jkt").First().Text() != jkt(key("w")) || metadata.Member(federationEntity).Member("organization_name").Text() != "Sample "+web {
		t.Error(metadata.Tree())
	}
	resolved := verified(t, a.Resolve(s, url.Values{"sub": {id}, "trust_anchor": {top}, "entity_type": {issuerType}}, now), typeResolved)
	if resolved.Member("metadata").Len() != 1 || resolved.Member("trust_chain").Len() != 2 || resolved.Member("trust_marks").Len() != 1 || resolved.Member("sub").Text() != id {
		t.Error(resolved.Tree())
	}
	a.Former = []FormerKey{{Key: key("f").Public(), Expires: now.AddDate(0, -1, 0)}, {Key: key("g").Public(), Expires: now, Revoked: now, Reason: "compromised"}}
	former := verified(t, a.HistoricalKeys(now), typeKeys).Member("keys")
	if former.Len() != 2 || former.First().Member("kid").Text() != jkt(key("f")) || former.First().Next().Member("revoked").Member("reason").Text() != "compromised" {
		t.Error(former.Tree())
	}
}

func TestAnchorRefuses(t *testing.T) {
	s, a := snapshot(t, time.Hour), anchor()
	post := url.Values{"trust_mark": {"x"}}
	for name, c := range map[string]struct {
		reply  Reply
		status int
		code   string
	}{
		"no sub":             {a.Fetch(s, nil, now), 400, "invalid_request"},
		"two subs":           {a.Fetch(s, url.Values{"sub": {web, lapsed}}, now), 400, "invalid_request"},
		"itself":             {a.Fetch(s, url.Values{"sub": {top}}, now), 400, "invalid_request"},
		"nobody":             {a.Fetch(s, url.Values{"sub": {"did:web:nobody.example"}}, now), 404, "not_found"},
		"another spelling":   {a.Fetch(s, url.Values{"sub": {"did:web:College.example"}}, now), 404, "not_found"},
		"suspended":          {a.Fetch(s, url.Values{"sub": {suspended}}, now), 404, "not_found"},
		"lapsed":             {a.Fetch(s, url.Values{"sub": {lapsed}}, now), 404, "not_found"},
		"another list's":     {a.Fetch(s, url.Values{"sub": {elsewhere}}, now), 404, "not_found"},
		"no keys for a site": {a.Fetch(s, url.Values{"sub": {"https://other.example"}}, now), 404, "not_found"},
		"unsupported":        {a.List(s, url.Values{"x": {"1"}}, now), 400, "unsupported_parameter"},
		"not a flag":         {a.List(s, url.Values{"intermediate": {"yes"}}, now), 400, "invalid_request"},
		"no anchor":          {a.Resolve(s, url.Values{"sub": {web}}, now), 400, "invalid_request"},
		"another anchor":     {a.Resolve(s, url.Values{"sub": {web}, "trust_anchor": {stray}}, now), 404, "invalid_trust_anchor"},
		"resolve nobody":     {a.Resolve(s, url.Values{"sub": {suspended}, "trust_anchor": {top}}, now), 404, "not_found"},
		"no type of mark":    {a.TrustMark(s, url.Values{"sub": {web}}, now), 400, "invalid_request"},
		"another mark":       {a.TrustMark(s, url.Values{"sub": {web}, "trust_mark_type": {top + "/tm/esg-voluntary/v1"}}, now), 404, "not_found"},
		"no mark":            {a.MarkStatus(s, nil, now), 400, "invalid_request"},
		"no type to list":    {a.TrustMarked(s, nil, now), 400, "invalid_request"},
		"expired":            {a.Configuration(s, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired fetch":      {a.Fetch(s, url.Values{"sub": {web}}, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired list":       {a.List(s, nil, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired resolve":    {a.Resolve(s, url.Values{"sub": {web}, "trust_anchor": {top}}, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired mark":       {a.TrustMark(s, url.Values{"sub": {web}, "trust_mark_type": {"x"}}, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired marked":     {a.TrustMarked(s, url.Values{"trust_mark_type": {"x"}}, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"expired status":     {a.MarkStatus(s, post, now.Add(time.Hour)), 503, "temporarily_unavailable"},
		"no registry":        {a.Fetch(nil, url.Values{"sub": {web}}, now), 503, "temporarily_unavailable"},
	} {
		var got struct{ Error string }
		if err := json.Unmarshal(c.reply.Body, &got); err != nil || c.reply.Status != c.status || got.Error != c.code {
			t.Errorf("%s: %d %s", name, c.reply.Status, c.reply.Body)
		}
	}
}

// TestMarkStatus: a mark that was given is looked at anew.
func TestMarkStatus(t *testing.T) {
	s, a := snapshot(t, 48*time.Hour), anchor()
	covered := a.MarkType(registry.OfficialAccredited.String())
	r := a.TrustMark(s, url.Values{"sub": {web}, "trust_mark_type": {covered}}, now)
	verified(t, r, typeMark)
	mark := string(r.Body)
	suspendedMark := token(typeMark, claims{"iss": top, "sub": suspended, "trust_mark_type": covered, "iat": now.Unix()}, keyOf(top))
	for name, c := range map[string]struct {
		text, want string
		at         time.Time
	}{
		"active":              {mark, "active", now},
		"expired":             {mark, "expired", now.Add(25 * time.Hour)},
		"revoked":             {suspendedMark, "revoked", now},
		"changed":             {mark[:len(mark)-2] + "AA", "invalid", now},
		"no token":            {"x", "invalid", now},
		"by somebody else":    {token(typeMark, claims{"iss": top, "sub": web, "trust_mark_type": covered, "iat": now.Unix()}, key("x")), "invalid", now},
		"of another issuer":   {token(typeMark, claims{"iss": stray, "sub": web, "trust_mark_type": covered, "iat": now.Unix()}, keyOf(top)), "invalid", now},
		"of another kind":     {token(typeStatement, claims{"iss": top, "sub": web, "trust_mark_type": covered, "iat": now.Unix()}, keyOf(top)), "invalid", now},
		"of a type not given": {token(typeMark, claims{"iss": top, "sub": web, "trust_mark_type": top + "/tm/x", "iat": now.Unix()}, keyOf(top)), "revoked", now},
	} {
		status := verified(t, a.MarkStatus(s, url.Values{"trust_mark": {c.text}}, c.at), typeMarkStatus)
		if status.Member("status").Text() != c.want || status.Member("trust_mark").Text() != c.text {
			t.Errorf("%s: %s", name, status.Member("status").Text())
		}
	}
	if r := a.TrustMark(s, url.Values{"sub": {web}, "trust_mark_type": {a.MarkType(registry.ESGVoluntary.String())}}, now); r.Status != 404 {
		t.Errorf("a mark for a grant that has ended: %d", r.Status)
	}
	if r := a.TrustMarked(s, url.Values{"trust_mark_type": {covered}}, now); string(r.Body) != `["`+web+`"]` {
		t.Errorf("%s", r.Body)
	}
	if r := a.TrustMarked(s, url.Values{"trust_mark_type": {covered}, "sub": {lapsed}}, now); string(r.Body) != `[]` {
		t.Errorf("%s", r.Body)
	}
}

// TestMarks: marks of a leaf, of the anchor's own and of an issuer below it.
func TestMarks(t *testing.T) {
	const ours, theirs, free, owned = top + "/tm/a", top + "/tm/b", top + "/tm/c", top + "/tm/d"
	good := func() claims {
		return claims{"iss": top, "sub": leaf, "trust_mark_type": ours, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	}
	with := func(pairs ...any) claims {
		c := good()
		for i := 0; i < len(pairs); i += 2 {
			if name := pairs[i].(string); pairs[i+1] == nil {
				delete(c, name)
			} else {
				c[name] = pairs[i+1]
			}
		}
		return c
	}
	delegation := func(pairs ...any) string {
		c := claims{"iss": stray, "sub": top, "trust_mark_type": owned, "iat": now.Unix()}
		for i := 0; i < len(pairs); i += 2 {
			c[pairs[i].(string)] = pairs[i+1]
		}
		return token(typeDelegation, c, keyOf(stray))
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"the anchor's":         {token(typeMark, good(), keyOf(top)), nil},
		"without an end":       {token(typeMark, with("exp", nil), keyOf(top)), nil},
		"of an issuer below":   {token(typeMark, with("iss", middle, "trust_mark_type", theirs), keyOf(middle)), nil},
		"expired":              {token(typeMark, with("exp", now.Unix()), keyOf(top)), ErrRefused},
		"from the future":      {token(typeMark, with("iat", now.Add(2*time.Minute).Unix()), keyOf(top)), ErrRefused},
		"without a beginning":  {token(typeMark, with("iat", nil), keyOf(top)), ErrRefused},
		"another's":            {token(typeMark, with("sub", stray), keyOf(top)), ErrRefused},
		"of another type":      {token(typeStatement, good(), keyOf(top)), ErrRefused},
		"by a stranger":        {token(typeMark, good(), key("x")), ErrRefused},
		"of a stranger":        {token(typeMark, with("iss", stray), keyOf(stray)), ErrRefused},
		"not its type":         {token(typeMark, with("iss", middle), keyOf(middle)), ErrRefused},
		"anyone's type":        {token(typeMark, with("trust_mark_type", free), keyOf(top)), ErrRefused},
		"a type nobody issues": {token(typeMark, with("trust_mark_type", top+"/tm/x"), keyOf(top)), ErrRefused},
		"delegated":            {token(typeMark, with("trust_mark_type", owned, "delegation", delegation()), keyOf(top)), nil},
		"not delegated":        {token(typeMark, with("trust_mark_type", owned), keyOf(top)), ErrRefused},
		"delegated to another": {token(typeMark, with("trust_mark_type", owned, "delegation", delegation("sub", middle)), keyOf(top)), ErrRefused},
		"another delegated":    {token(typeMark, with("trust_mark_type", owned, "delegation", delegation("trust_mark_type", ours)), keyOf(top)), ErrRefused},
		"delegation ended":     {token(typeMark, with("trust_mark_type", owned, "delegation", delegation("exp", now.Unix())), keyOf(top)), ErrRefused},
		"delegated by a thief": {token(typeMark, with("trust_mark_type", owned, "delegation", delegation("iss", middle)), keyOf(top)), ErrRefused},
		"no token":             {"x", ErrRefused},
		"much too large":       {strings.Repeat("A", 1<<20), ErrUndecided},
	} {
		w := newWorld()
		w.claims[own(top)]["trust_mark_issuers"] = claims{ours: []string{top}, theirs: []string{middle}, free: []string{}, owned: []string{top}}
		w.claims[own(top)]["trust_mark_owners"] = claims{owned: claims{"sub": stray, "jwks": jwksOf(keyOf(stray))}}
		chain, err := w.resolve(t)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.resolver().Mark(t.Context(), chain, c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld()
	w.entity("https://zenith.example")
	w.entity(stray, "https://zenith.example")
	w.claims[own(top)]["trust_mark_issuers"] = claims{ours: []string{stray}}
	under, err := w.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	r := w.resolver()
	r.Anchors["https://zenith.example"] = []crypto.PublicKey{keyOf("https://zenith.example").Public()}
	if _, err := r.Mark(t.Context(), under, token(typeMark, with("iss", stray), keyOf(stray))); !errors.Is(err, ErrRefused) {
		t.Errorf("by an issuer under another anchor: %v", err)
	}
	w = newWorld()
	w.claims[own(top)]["trust_mark_issuers"] = claims{ours: []string{top}}
	mark := token(typeMark, good(), keyOf(top))
	w.claims[own(leaf)]["trust_marks"] = []claims{{"trust_mark_type": ours, "trust_mark": mark}, {"trust_mark_type": theirs, "trust_mark": mark}}
	chain, err := w.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if all, errs := w.resolver().Marks(t.Context(), chain); len(all) != 1 || all[0].Type != ours || len(errs) != 1 {
		t.Error(all, errs)
	}
}

// TestMarkOfOneGrant: what happened to one grant takes away the trust marks of that one.
func TestMarkOfOneGrant(t *testing.T) {
	const twice = "did:web:twice.example"
	for lifted, want := range map[bool]int{false: 1, true: 2} {
		e := entry(twice, registry.OfficialAccredited, jkt(key("w")))
		g := e.Grants[0]
		g.ID, g.By, g.Class = "g-2", registry.ByRegistry, registry.GrantedByRegistry
		e.Grants = append(e.Grants, g)
		e.Marks = []registry.Mark{{Kind: registry.Suspension, Of: "g-1", Period: registry.Period{From: now.Add(-time.Hour)}, Event: "ev-1", Lifted: lifted}}
		m, found := anchor().member(snapshot(t, time.Hour, e), twice, now)
		if types := m.markTypes(); !found || len(types) != want || !slices.Contains(types, top+"/tm/registry-grant/v1") {
			t.Errorf("lifted %v: %v", lifted, types)
		}
	}
}
