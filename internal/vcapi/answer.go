package vcapi

import (
	"errors"
	"net/url"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/verifier"
)

// Answer is the answer to a call.
type Answer struct {
	Status  int
	Problem bool // the body is one RFC 9457 problem
	Body    []byte
}

// The statuses of answers; net/http is the edge's.
const (
	statusOK          = 200
	statusCreated     = 201
	statusBadRequest  = 400
	statusNotFound    = 404
	statusUndecided   = 422 // what was sent may be good, but could not be judged here
	statusInternal    = 500
	statusUnavailable = 503
)

// problem is what is wrong, as RFC 9457 writes it. Code is the verifier's own name for it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status,omitempty"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code,omitempty"`
}

// The types of problems that the standards name (VC-DM §7.2, VC-DI §4.7, BSL §3.5).
const (
	parsingError      = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR"
	securityError     = "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR"
	malformedError    = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
	generationError   = "https://w3id.org/security#PROOF_GENERATION_ERROR"
	verificationError = "https://w3id.org/security#PROOF_VERIFICATION_ERROR"
	lossError         = "https://w3id.org/security#DATA_LOSS_DETECTION_ERROR"
	methodError       = "https://w3id.org/security#INVALID_VERIFICATION_METHOD"
	retrievalError    = "https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"
	statusError       = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR"
	noType            = "about:blank" // RFC 9457 §4.2.1
)

// typeOfCheck is the type of what a check finds, and typeOfCode that of one of its codes
// where it is another. No standard has one for what expired or was revoked.
var (
	typeOfCheck = map[string]string{
		"input": parsingError, "syntax": parsingError, "context": malformedError, "schema": malformedError,
		"proof": verificationError, "issuer": securityError, "credentials": securityError,
		"validity": noType, "status": noType, "refresh": noType, "endorsements": noType, "recipient": noType, "trust": noType,
	}
	typeOfCode = map[string]string{
		"syntax-malformed": malformedError, "syntax-envelope": malformedError, "context-loss": lossError,
		"proof-key-withdrawn": methodError, "proof-key-unpublished": methodError, "status-unavailable": retrievalError, "status-malformed": malformedError,
		"status-list-invalid": statusError, "status-list-undecided": statusError,
	}
)

func problemOf(c verifier.Check) problem {
	kind := typeOfCode[c.Code]
	if kind == "" {
		kind = typeOfCheck[c.ID]
	}
	return problem{Type: kind, Title: titleOf(kind, c.ID), Detail: c.Message, Code: c.Code}
}

// titleOf is the name in a problem's type as words.
func titleOf(kind, otherwise string) string {
	u, err := url.Parse(kind)
	if err != nil || u.Fragment == "" {
		return otherwise
	}
	return strings.ToLower(strings.ReplaceAll(u.Fragment, "_", " "))
}

// refusal is the answer to a call that cannot be followed.
func refusal(status int, kind, detail string) Answer {
	return write(status, problem{Type: kind, Title: titleOf(kind, "request"), Status: status, Detail: detail})
}

// refuse is the answer to a call at which an error came, by what it is.
func refuse(err error) Answer {
	p := problemOfCall(err)
	return write(p.Status, p)
}

// problemOfCall says what is wrong with what a call sent.
func problemOfCall(err error) problem {
	var asked *badRequest
	var loose *strictjson.Error
	kind := generationError
	switch {
	case errors.As(err, &asked):
		kind = malformedError
	case errors.As(err, &loose):
		kind = parsingError
	case errors.Is(err, jsonld.ErrDataLoss):
		kind = lossError
	case errors.Is(err, jsonld.ErrContext), errors.Is(err, jsonld.ErrUnknownContext), errors.Is(err, jsonld.ErrUnsupported):
		kind = malformedError
	}
	return problem{Type: kind, Title: titleOf(kind, "request"), Status: statusOfCall(err), Detail: err.Error()}
}

// statusOfCall tells what is wrong from what could not be judged here.
func statusOfCall(err error) int {
	for _, open := range []error{jsonld.ErrUnknownContext, jsonld.ErrUnsupported, rdfc.ErrBudget, strictjson.ErrTooLarge, proof.ErrUndecided} {
		if errors.Is(err, open) {
			return statusUndecided
		}
	}
	if errors.Is(err, errListFull) {
		return statusUnavailable
	}
	return statusBadRequest
}

func write(status int, body any) Answer {
	_, isProblem := body.(problem)
	raw, err := vc.Marshal(body)
	if err != nil {
		return Answer{Status: statusInternal, Problem: true, Body: []byte(`{"type":"about:blank","title":"internal","status":500}`)}
	}
	return Answer{status, isProblem, raw}
}
