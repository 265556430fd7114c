import JSON
import Preprocessing
import Testing

@Suite struct PreprocessingJSONTests {
  private func parse(_ text: String) throws -> Preprocessing {
    try Preprocessing(json: JSONValue.parse(text))
  }

  private func withSteps(_ steps: String) -> String {
    #"{"steps": [\#(steps)], "channels": "RGB", "mean": [1, 2, 3], "scale": 1}"#
  }

  @Test("the form of a native file's metadata reads as it is documented")
  func documentedForm() throws {
    let text = #"""
      {"steps": [{"op": "resizeShortSide", "size": 256, "antialias": true},
                 {"op": "squash", "width": 250, "height": 260, "antialias": false},
                 {"op": "centerCrop", "size": 227}, {"op": "centerCrop", "width": 9, "height": 8}],
       "channels": "BGR", "mean": [104.5, 116.25, 123], "scale": [0.5, 0.25, 2]}
      """#
    let expected = try Preprocessing(
      steps: [
        .resizeShortSide(size: 256, antialias: true),
        .squash(width: 250, height: 260, antialias: false),
        .centerCrop(width: 227, height: 227), .centerCrop(width: 9, height: 8),
      ],
      channels: .bgr, mean: [104.5, 116.25, 123], scale: [0.5, 0.25, 2])
    #expect(try parse(text) == expected)
  }

  @Test("one number is the scale of all channels")
  func oneScale() throws {
    let text = #"{"steps": [], "channels": "RGB", "mean": [1, 2, 3], "scale": 0.5}"#
    #expect(try parse(text).scale == [0.5, 0.5, 0.5])
  }

  @Test(
    "what is written reads back the same",
    arguments: [Preprocessing.alexnet, .caffe, .torchvision, .onnxZoo])
  func roundTrip(_ preprocessing: Preprocessing) throws {
    #expect(try parse(preprocessing.json.text) == preprocessing)
    #expect(
      try Preprocessing(
        steps: preprocessing.steps, channels: preprocessing.channels, mean: preprocessing.mean,
        scale: preprocessing.scale) == preprocessing)
  }

  @Test("a square crop and one scale are written in their short forms")
  func shortForms() throws {
    let preprocessing = try Preprocessing(
      steps: [.centerCrop(width: 5, height: 5), .centerCrop(width: 4, height: 5)],
      channels: .rgb, mean: [0, 0, 0], scale: [2, 2, 2])
    #expect(
      preprocessing.json.compactText
        == #"{"channels":"RGB","mean":[0,0,0],"scale":2,"steps":[{"op":"centerCrop","size":5},"#
        + #"{"height":5,"op":"centerCrop","width":4}]}"#)
  }

  @Test("a step that makes no sense is refused by name")
  func badSteps() {
    let cases: [(String, PreprocessingError)] = [
      (#"{"op": "rotate"}"#, .unknownOperation("rotate")),
      (
        #"{"op": "resizeShortSide", "size": 0, "antialias": true}"#,
        .sizeOutOfRange(operation: "resizeShortSide", size: 0)
      ),
      (
        #"{"op": "squash", "width": 9, "height": -1, "antialias": true}"#,
        .sizeOutOfRange(operation: "squash", size: -1)
      ),
      (
        #"{"op": "centerCrop", "size": 16385}"#,
        .sizeOutOfRange(operation: "centerCrop", size: 16385)
      ),
      (
        #"{"op": "squash", "width": 9, "height": 9}"#,
        .malformed(field: "antialias", problem: "missing: true or false for squash")
      ),
      (
        #"{"op": "centerCrop", "size": 1e300}"#,
        .malformed(field: "size", problem: "not a whole number of pixels for centerCrop")
      ),
      (
        #"{"op": "centerCrop", "size": 9, "width": 9}"#,
        .malformed(field: "size", problem: "centerCrop takes size, or width and height, not both")
      ),
      (#"{"size": 9}"#, .malformed(field: "op", problem: "missing: the name of a step")),
      ("7", .malformed(field: "step", problem: "an object is needed")),
    ]
    for (step, error) in cases {
      #expect(throws: error) { try parse(withSteps(step)) }
    }
    let crops = Array(repeating: #"{"op": "centerCrop", "size": 9}"#, count: 33)
    #expect(throws: PreprocessingError.tooManySteps(33)) {
      try parse(withSteps(crops.joined(separator: ",")))
    }
  }

  @Test("missing and useless numbers are refused by name")
  func badNumbers() {
    let cases: [(String, PreprocessingError)] = [
      (
        #"{"steps": [], "channels": "GBR", "mean": [1, 2, 3], "scale": 1}"#,
        .unknownChannelOrder("GBR")
      ),
      (
        #"{"steps": [], "channels": "RGB", "mean": [1, 2], "scale": 1}"#,
        .wrongCount(field: "mean", found: 2)
      ),
      (
        #"{"steps": [], "channels": "RGB", "mean": [1, 2, 3], "scale": [1]}"#,
        .wrongCount(field: "scale", found: 1)
      ),
      (
        #"{"steps": [], "channels": "RGB", "mean": [1, 2, 3]}"#,
        .malformed(field: "scale", problem: "missing: a number or an array of three")
      ),
      ("[]", .malformed(field: "preprocessing", problem: "an object is needed")),
    ]
    for (text, error) in cases { #expect(throws: error) { try parse(text) } }
    #expect(throws: PreprocessingError.notFinite(field: "mean")) {
      try Preprocessing(steps: [], channels: .rgb, mean: [0, .nan, 0], scale: [1, 1, 1])
    }
    #expect(throws: PreprocessingError.notFinite(field: "scale")) {
      try Preprocessing(steps: [], channels: .rgb, mean: [0, 0, 0], scale: [1, .infinity, 1])
    }
  }
}
