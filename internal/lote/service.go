package lote

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// readService reads a service with its history, whose statuses follow each other.
func readService(v strictjson.Value, now time.Time) (Service, error) {
	current := v.Member("ServiceInformation")
	s := Service{Type: current.Member("ServiceTypeIdentifier").Text()}
	if s.Type == "" {
		return s, refused("a service has no type")
	}
	s.extended = current.Member("ServiceInformationExtensions").Len() > 0
	if v.Member("ServiceHistory").Len() > maxHistory {
		return s, fmt.Errorf("%w: a service has changed more than %d times", ErrUndecided, maxHistory)
	}
	states := []strictjson.Value{current}
	for item := range v.Member("ServiceHistory").Items() {
		states = append(states, item)
	}
	for i, item := range states {
		state := State{Status: item.Member("ServiceStatus").Text()}
		var err error
		if state.Status == "" {
			return s, fmt.Errorf("%w: lists without statuses are not understood", ErrUndecided)
		}
		if state.From, err = moment(item.Member("StatusStartingTime")); err != nil {
			return s, refused("a status has no beginning")
		}
		if i > 0 && !state.From.Before(s.States[i-1].From) || state.From.After(now.Add(time.Minute)) {
			return s, refused("the statuses of a service do not follow each other")
		}
		if err := state.readIdentity(item.Member("ServiceDigitalIdentity")); err != nil {
			return s, err
		}
		s.States = append(s.States, state)
	}
	return s, nil
}

func (s *State) readIdentity(v strictjson.Value) error {
	add := func(key any) error {
		jkt, err := keys.Thumbprint(key)
		if err == nil {
			s.Keys = append(s.Keys, jkt)
		}
		return err
	}
	for item := range v.Member("OtherIds").Items() {
		text := item.Text()
		if jkt, isKey := strings.CutPrefix(text, keyID); isKey {
			s.Keys = append(s.Keys, jkt)
		} else if strings.HasPrefix(text, didID) || strings.HasPrefix(text, "https://") {
			s.DIDs = append(s.DIDs, text)
		}
	}
	for item := range v.Member("PublicKeyValues").Items() {
		raw, err := item.MarshalJSON()
		if err != nil {
			return judged(err)
		}
		key, err := keys.ParseJWK(raw)
		if errors.Is(err, keys.ErrUnsupported) {
			continue
		}
		if err != nil {
			return refused("a key of a service: %w", err)
		}
		if err := add(key); err != nil {
			return judged(err)
		}
	}
	for item := range v.Member("X509Certificates").Items() {
		der, err := base64.StdEncoding.Strict().DecodeString(item.Member("val").Text())
		if err != nil {
			return refused("a certificate of a service: %w", err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return refused("a certificate of a service: %w", err)
		}
		if err := add(c.PublicKey); err != nil && !errors.Is(err, keys.ErrUnsupported) {
			return judged(err)
		}
	}
	if len(s.DIDs) > maxIDs || len(s.Keys) > maxIDs {
		return fmt.Errorf("%w: a service has more than %d identifiers", ErrUndecided, maxIDs)
	}
	return nil
}
