package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/internal/bake"
	"laurel/issuer"
)

// Media types of documents.
const (
	typeVC      = "application/vc"         // VC-DM §6.3
	typeVCLD    = "application/vc+ld+json" // what Open Badges 3.0 still calls it
	typeVCToken = "application/vc+jwt"     // VC-JOSE-COSE §6
	typeText    = "text/plain"             // a compact token, as Open Badges 3.0 asks
	typePNG     = "image/png"
	typeSVG     = "image/svg+xml"
	typeDID     = "application/did+json"     // DID Core §6.2
	typeJWKSet  = "application/jwk-set+json" // RFC 7517 §8.5

	// svgPolicy keeps a picture that somebody opens from doing anything.
	svgPolicy    = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
	freshSeconds = 300   // of what says whether a badge stands: the ttl of the lists, and the keys
	slowSeconds  = 3_600 // of pictures
)

// A document is what a program gets, byte for byte as it was stored or signed.
type document struct {
	body     []byte
	mime     string
	maxAge   int    // seconds for which anybody may keep it; 0: it is personal
	filename string // under which a browser saves it; empty: it shows it
}

// library finds the documents of an issuer. A document that does not exist is
// issuer.ErrNotFound.
type library struct{ *issuer.Issuer }

// Own returns a function that answers with what an issuer serves under its own addresses,
// badges behind share links included, in the form that a verifier asks for. It fits
// verifier.Config.Own: asking oneself needs no connection.
func Own(i *issuer.Issuer) func(ctx context.Context, address string) (body []byte, ok bool) {
	return func(ctx context.Context, address string) ([]byte, bool) {
		if last, isBadge := strings.CutPrefix(address, i.Base()+"/badges/"); isBadge {
			token, form, _ := formOf(last)
			award, err := i.Shared(ctx, token)
			if err != nil {
				return nil, false
			}
			d, err := library{i}.badge(ctx, award, form)
			return d.body, err == nil
		}
		if link, ok := answeredLink(i.Base(), address); ok {
			return []byte(link), true // so that no answer asks this site for another
		}
		return i.Published(ctx, address)
	}
}

// answeredLink returns what the address of an answer of this site is the answer on.
func answeredLink(base, address string) (link string, ok bool) {
	query, ok := strings.CutPrefix(address, base+"/verify?")
	if !ok {
		return "", false
	}
	q, err := url.ParseQuery(query)
	link = q.Get("url")
	return link, err == nil && isLink(link) && plainLink(link)
}

// formOf takes the suffix that names a form off the last part of an address; without
// one, programs get json. Keys and tokens have no dots.
func formOf(last string) (name, form string, suffixed bool) {
	name, form, suffixed = strings.Cut(last, ".")
	if !suffixed {
		form = "json"
	}
	return name, form, suffixed
}

func (l library) did(ctx context.Context) (document, error) {
	body, err := l.DIDDocument(ctx)
	return document{body: body, mime: typeDID, maxAge: freshSeconds}, err
}

// ofIssuer finds one of the documents below the address of the issuer, the profile being
// the one without a name.
func (l library) ofIssuer(ctx context.Context, slug, name string) (document, error) {
	profile, err := l.Profile(ctx)
	if err != nil {
		return document{}, err
	}
	if slug != profile.Slug {
		return document{}, issuer.ErrNotFound
	}
	switch name {
	case "":
		body, err := l.ProfileDocument(ctx)
		return document{body: body, mime: typeJSONLD, maxAge: freshSeconds}, err
	case "did.json":
		return l.did(ctx)
	case "jwks.json":
		body, err := l.JWKSet()
		return document{body: body, mime: typeJWKSet, maxAge: freshSeconds}, err
	}
	return document{}, issuer.ErrNotFound
}

func (l library) status(ctx context.Context, name string) (document, error) {
	body, err := l.StatusListCredential(ctx, name)
	return document{body: body, maxAge: freshSeconds}, err
}

// achievement finds an entry of the catalogue in a form: json, or png, its picture.
func (l library) achievement(ctx context.Context, key, form string) (document, error) {
	switch form {
	case "json":
		body, err := l.AchievementDocument(ctx, key)
		return document{body: body, mime: typeJSONLD, maxAge: freshSeconds}, err
	case "png":
		a, err := l.Achievement(ctx, key)
		return document{body: a.Image, mime: typePNG, maxAge: slowSeconds}, err
	}
	return document{}, issuer.ErrNotFound
}

// badge gives an award's badge in a form: json, jwt, or baked into the achievement's
// picture as png or svg. A revoked badge is given like any other: that it was revoked is
// for verifiers to find.
func (l library) badge(ctx context.Context, award issuer.Award, form string) (document, error) {
	name := award.Result.Achievement + "-badge."
	switch form {
	case "json":
		return document{body: award.Credential, mime: typeVC, filename: name + "json"}, nil
	case "jwt":
		token, err := l.Token(ctx, award)
		if errors.Is(err, issuer.ErrConflict) {
			err = missing("there is no token of this badge, for the key that signed it was withdrawn")
		}
		return document{body: token, mime: typeText + "; charset=utf-8", filename: name + "jwt"}, err
	case "png", "svg":
		return l.baked(ctx, award, form, name+form)
	}
	return document{}, issuer.ErrNotFound
}

func (l library) baked(ctx context.Context, award issuer.Award, form, filename string) (document, error) {
	a, err := l.Achievement(ctx, award.Result.Achievement)
	if err != nil {
		return document{}, err
	}
	if form == "png" {
		body, err := bake.BakePNG(a.Image, award.Credential)
		return document{body: body, mime: typePNG, filename: filename}, err
	}
	drawing, err := bake.WrapPNG(a.Image, a.Class.Name)
	if err != nil {
		return document{}, err
	}
	body, err := bake.BakeSVG(drawing, award.Credential, false)
	return document{body: body, mime: typeSVG, filename: filename}, err
}

// registerDocuments adds the addresses that only programs ask. The pages' handlers ask
// badgeByAccept, achievementByAccept and profileByAccept for the others.
func (s *Server) registerDocuments(e *echo.Echo) {
	add := func(path string, find func(c echo.Context) (document, error)) {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, func(c echo.Context) error {
			d, err := find(c)
			return s.send(c, d, err)
		})
	}
	l := library{s.issuer}
	add("/.well-known/did.json", func(c echo.Context) (document, error) {
		return l.did(c.Request().Context())
	})
	add("/issuers/:slug/:document", func(c echo.Context) (document, error) {
		return l.ofIssuer(c.Request().Context(), c.Param("slug"), c.Param("document"))
	})
	add("/status/:list", func(c echo.Context) (document, error) {
		d, err := l.status(c.Request().Context(), c.Param("list"))
		d.mime = credentialType(c)
		return d, err
	})
}

// credentialType is the media type under which a credential is sent: its own, or one that
// the client asks for instead. Some read as JSON only what is called so.
func credentialType(c echo.Context) string {
	c.Response().Header().Add("Vary", "Accept")
	if accept := c.Request().Header.Get("Accept"); !accepts(accept, typeVC) {
		return prefer(accept, typeVC, typeVCLD, typeJSONLD, typeJSON)
	}
	return typeVC
}

// badgeForms are the forms of a badge by the media type that is asked for; the first of
// equals is given. HTML, the page, is not among them.
var badgeForms = []struct{ mime, form string }{
	{typeVC, "json"}, {typeVCLD, "json"}, {typeJSONLD, "json"}, {typeJSON, "json"},
	{typeVCToken, "jwt"}, {typeText, "jwt"}, {typePNG, "png"}, {typeSVG, "svg"},
}

// badgeByAccept answers a request for /badges/:token with a document, if a suffix or the
// Accept header asks for one; otherwise the page is wanted.
func (s *Server) badgeByAccept(c echo.Context) (handled bool, err error) {
	token, form, suffixed := formOf(c.Param("token"))
	mime := ""
	if !suffixed {
		if mime, form = negotiated(c); form == "" {
			return false, nil
		}
	}
	d, err := s.sharedBadge(c, token, form)
	if !suffixed && form != "svg" {
		d.mime, d.filename = mime, ""
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	return true, s.send(c, d, err)
}

func negotiated(c echo.Context) (mime, form string) {
	c.Response().Header().Add("Vary", "Accept")
	offers := []string{typeHTML}
	for _, f := range badgeForms {
		offers = append(offers, f.mime)
	}
	mime = prefer(c.Request().Header.Get("Accept"), offers...)
	for _, f := range badgeForms {
		if f.mime == mime {
			return mime, f.form
		}
	}
	return mime, ""
}

func (s *Server) sharedBadge(c echo.Context, token, form string) (document, error) {
	award, err := s.byToken(c, func(ctx context.Context, _ string) (issuer.Award, error) {
		return s.issuer.Shared(ctx, token)
	})
	if err != nil {
		return document{}, err
	}
	if form == "bundle" {
		return s.bundle(c, award)
	}
	return library{s.issuer}.badge(c.Request().Context(), award, form)
}

// achievementByAccept answers a request for /achievements/:key with JSON or the picture,
// if a suffix or the Accept header asks for it.
func (s *Server) achievementByAccept(c echo.Context) (handled bool, err error) {
	key, form, suffixed := formOf(c.Param("key"))
	if !suffixed && !wantsJSON(c) {
		return false, nil
	}
	d, err := library{s.issuer}.achievement(c.Request().Context(), key, form)
	return true, s.send(c, d, err)
}

// profileByAccept answers a request for /issuers/:slug with JSON, if that is asked for.
func (s *Server) profileByAccept(c echo.Context) (handled bool, err error) {
	if !wantsJSON(c) {
		return false, nil
	}
	d, err := library{s.issuer}.ofIssuer(c.Request().Context(), c.Param("slug"), "")
	return true, s.send(c, d, err)
}

// wantsJSON tells whether a program asks; the answer depends on Accept either way.
func wantsJSON(c echo.Context) bool {
	c.Response().Header().Add("Vary", "Accept")
	return prefer(c.Request().Header.Get("Accept"), typeHTML, typeJSONLD, typeJSON) != typeHTML
}

// send answers with a document. Its ETag is strong, for the same document always has the
// same bytes (RFC 9110 §8.8.1). Only documents that are nobody's own are open to scripts
// of other origins, and kept by anybody.
func (s *Server) send(c echo.Context, d document, err error) error {
	if err != nil {
		return err
	}
	sum := sha256.Sum256(d.body)
	h := c.Response().Header()
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:18])+`"`)
	h.Set("Content-Type", d.mime)
	h.Set("Cache-Control", "private, no-store")
	if d.maxAge > 0 {
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(d.maxAge))
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if d.mime == typeSVG {
		h.Set("Content-Security-Policy", svgPolicy)
	}
	if d.filename != "" {
		h.Set("Content-Disposition", `attachment; filename="`+d.filename+`"`)
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(d.body))
	return nil
}
