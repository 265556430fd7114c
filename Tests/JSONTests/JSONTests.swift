import JSON
import Testing

@Suite struct JSONTests {
  @Test("every kind of value parses, with members in the order of the text")
  func values() throws {
    let text = #" {"b": [1, -2.5e1, true, false, null], "a": "x\n\u00e9\ud83d\ude00\"", "c": {}} "#
    let expected = JSONValue.object([
      .init("b", .array([.integer(1), .number(-25), .bool(true), .bool(false), .null])),
      .init("a", .string("x\né😀\"")),
      .init("c", .object([])),
    ])
    #expect(try JSONValue.parse(text) == expected)
  }

  @Test("what is written parses to the same value")
  func roundTrip() throws {
    let value = JSONValue.object([
      .init("quotes \" and \\", .string("tab\t, bell\u{7}, naïve 😀")),
      .init("numbers", .array([.integer(Int.max), .number(0.015625), .number(1e-4)])),
      .init("empty", .array([])),
    ])
    #expect(try JSONValue.parse(value.text) == value)
  }

  @Test("text is written on one line, and compact text without white space")
  func writing() {
    let value: JSONValue = [
      "z": .array([.integer(1), .integer(-2)]), "a": ["b": .bool(true)], "empty": .object([]),
    ]
    #expect(value.text == #"{"z": [1, -2], "a": {"b": true}, "empty": {}}"#)
    #expect(value.compactText == #"{"z":[1,-2],"a":{"b":true},"empty":{}}"#)
  }

  @Test("floats have the fewest digits that read back the same, and NaN and infinity are null")
  func floats() {
    let floats: [(Float, String)] = [
      (0.1, "0.1"), (1, "1.0"), (0.33333334, "0.33333334"), (1e-7, "1e-07"), (.nan, "null"),
      (-.infinity, "null"),
    ]
    for (value, text) in floats { #expect(JSONValue.float(value).text == text) }
    #expect(JSONValue.number(0.1).text == "0.1" && JSONValue.number(3).text == "3")
    #expect(JSONValue.number(.nan).text == "null" && JSONValue.number(.infinity).text == "null")
    #expect(JSONValue.float(0.5).double == 0.5)
  }

  @Test("control characters, quotes and backslashes are escaped, and nothing else")
  func escapes() {
    #expect(
      JSONValue.string("\"\\/\n\r\t\u{8}\u{C}\u{1F}é~\u{7F}\u{80}\u{9F}\u{A0}").text
        == #""\"\\/\n\r\t\b\f\u001fé~\u007f\u0080\u009f"# + "\u{A0}\"")
  }

  @Test(
    "texts that RFC 8259 forbids are refused",
    arguments: [
      "", " ", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "1.", "-",
      "+1",
      "1e", "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
      "\"\u{1}\"", "1 2", "[1 2]", "1e999", "NaN", "{\"a\":1,\"a\":2}", "'a'",
    ])
  func refused(text: String) {
    #expect(throws: JSONError.self) { try JSONValue.parse(text) }
  }

  @Test("nesting without end is refused before the stack is")
  func depth() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSONValue.parse(text) }
  }

  @Test("bytes that are no UTF-8 are refused")
  func invalidBytes() {
    let bytes: [UInt8] = [0x22, 0xFF, 0x22]
    #expect(throws: JSONError.self) { try JSONValue.parse(bytes.span) }
  }

  @Test("differences are named, the first twenty of them")
  func differences() throws {
    let before = try JSONValue.parse(#"{"a": 1, "b": {"c": 2.0, "d": 3}, "e": 4}"#)
    let now: JSONValue = [
      "a": .integer(1), "b": ["c": .number(2), "d": .integer(5)], "f": .integer(6),
    ]
    #expect(
      JSONValue.differences(from: before, to: now) == [
        "b.d was 3, and is now 5", "e was 4, and is now null", "f was null, and is now 6",
      ])
    let many = (0..<50_000).map { JSONValue.Member("m\($0)", .integer($0)) }
    let nested: JSONValue = ["a": .integer(1), "b": .object(many), "c": .object(many)]
    for value in [.object(many), nested] {
      let found = JSONValue.differences(from: value, to: [:])
      #expect(found.count <= 21)
    }
    let parts: JSONValue = ["b": .object(many), "c": .object(many)]
    let found = JSONValue.differences(from: parts, to: ["b": [:], "c": [:]])
    #expect(found.count == 21 && found.last == "there are more differences")
    #expect(JSONValue.differences(from: .object(many), to: .object(many)) == [])
  }

  @Test("a text of more values than it may have is refused")
  func maxValues() throws {
    let text = Array(#"{"a": [1, {}], "b": null}"#.utf8)
    #expect(throws: Never.self) { try JSONValue.parse(text.span, maxValues: 5) }
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(text.span, maxValues: 4) }
    #expect(error?.description == "JSON has too many values at byte 19")
  }
}
