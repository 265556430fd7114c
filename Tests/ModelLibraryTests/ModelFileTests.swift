import Architecture
import Images
import ModelLibrary
import Network
import Preprocessing
import System
import TemporaryFolder
import Tensors
import Testing
import WeightFiles

@Suite struct ModelFileTests {
  private func open(_ file: WeightFile) throws -> Model {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model.safetensors")
    try folder.write(Safetensors.bytes(of: file), to: path)
    return try ModelLibrary(settings: LibrarySettings(home: nil)).open(path: path)
  }

  private func thrown(_ file: WeightFile) -> ModelError? {
    let error = #expect(throws: ModelError.self) { try open(file) }
    #expect(error?.kind == .badFile)
    return error
  }

  @Test("the variant is recognised by its shapes, and brings its usual preprocessing")
  func recognition() throws {
    for architecture in [Architecture.alexnet, .bvlcAlexnet, .torchvision] {
      let model = try open(emptyWeights(architecture))
      #expect(model.name == "model")
      #expect(model.parameters.architecture.name == architecture.name)
      #expect(model.labels == ImageNetClasses.all)
      #expect(model.preprocessing.outputSize(for: nil)?.width == architecture.inputSize)
      #expect(!model.isBuiltIn)
    }
  }

  @Test("what the metadata says goes before what the shapes say")
  func metadata() throws {
    let preprocessing =
      #"{"steps": [{"op": "squash", "width": 227, "height": 227, "antialias": false}], "#
      + #""channels": "BGR", "mean": [1, 2, 3], "scale": 2}"#
    let model = try open(
      emptyWeights(
        Architecture.caffenet.withClasses(3),
        metadata: [
          "name": "mine", "variant": "caffenet", "labels": #"["a", "b", "c"]"#,
          "classes": #"["n02123045", "n00000000", "other"]"#,
          "lrn": #"{"size": 3, "alpha": 0.5, "beta": 1, "k": 2, "alphaDividedBySize": false}"#,
          "preprocessing": preprocessing,
        ]))
    #expect(model.name == "mine")
    #expect(model.parameters.architecture.name == "caffenet")
    #expect(
      model.labels == [
        ClassLabel(wnid: "n02123045", label: "a"), ClassLabel(wnid: "n00000000", label: "b"),
        ClassLabel(wnid: nil, label: "c"),
      ])
    #expect(model.preprocessing.channels == .bgr)
    #expect(model.preprocessing.mean == [1, 2, 3])
  }

  @Test("WordNet ids without labels get ImageNet's names")
  func names() throws {
    let model = try open(
      emptyWeights(
        Architecture.alexnet.withClasses(2),
        metadata: ["classes": #"["n02123045", "n99999999"]"#]))
    #expect(model.labels.map(\.label) == ["tabby", "n99999999"])
  }

  @Test("missing, unexpected and misshapen tensors are reported together")
  func allProblems() throws {
    var file = try emptyWeights(.alexnet)
    file.tensors.removeAll { ["conv2.bias", "conv4.bias"].contains($0.name) }
    file.tensors.append(NamedTensor(name: "conv4.bias", tensor: try Tensor([1], shape: [1, 1])))
    file.tensors.append(NamedTensor(name: "extra", tensor: try Tensor([1], shape: [1])))
    let text = thrown(file)?.description ?? ""
    #expect(text.contains("conv2.bias: missing, expected 256"))
    #expect(text.contains("conv4.bias: expected 384, found 1x1"))
    #expect(text.contains("extra: unexpected, found 1"))
  }

  @Test("a file with other weights, or none, is no AlexNet")
  func others() throws {
    let other = NamedTensor(name: "embedding", tensor: try Tensor([1, 2], shape: [2]))
    for tensors in [[], [other]] {
      let error = thrown(WeightFile(tensors: tensors))
      guard case .damaged(_, .otherArchitecture) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test(
    "a weight that is NaN or infinite is an error that names its tensor",
    arguments: [Float.nan, -.nan, .infinity, -.infinity, 1])
  func notFinite(value: Float) throws {
    var file = try emptyWeights(
      Architecture.alexnet.withClasses(2), metadata: ["labels": #"["a", "b"]"#])
    for (name, index) in [("conv4.bias", 383), ("fc8.bias", 0)] {
      let place = try #require(file.tensors.firstIndex { $0.name == name })
      let shape = file.tensors[place].tensor.shape
      var values = [Float](repeating: 1, count: shape.count)
      values[index] = value
      file.tensors[place] = NamedTensor(
        name: name, tensor: try Tensor(values, shape: shape.dimensions))
    }
    guard !value.isFinite else {
      _ = try open(file)
      return
    }
    guard case .notFinite(_, let tensors) = thrown(file) else {
      Issue.record("no error")
      return
    }
    #expect(tensors == ["conv4.bias: 1 of 384 values", "fc8.bias: 1 of 2 values"])
  }

  /// A network that is small enough to be written in full, and a library that knows it.
  private let small = Architecture(
    name: "small", inputSize: 2,
    layers: [.fullyConnected("fc1", 3), .fullyConnected("fc2", 2, relu: false)])

  private func openSmall(
    _ metadata: [String: String], names: [String] = ["fc1", "fc2"]
  ) throws -> Model {
    var file = WeightFile(tensors: [], metadata: metadata)
    for (name, shape) in zip(names, [[3, 12], [2, 3]]) {
      let weight = [Float](repeating: 1, count: shape[0] * shape[1])
      file.tensors += [
        NamedTensor(name: name + ".weight", tensor: try Tensor(weight, shape: shape)),
        NamedTensor(
          name: name + ".bias",
          tensor: try Tensor([Float](repeating: 0, count: shape[0]), shape: [shape[0]])),
      ]
    }
    let isOthers = metadata["labels"] == nil || metadata["format"] != nil
    return try openSmall(file, labels: isOthers ? ["a", "b"] : nil)
  }

  private func openSmall(_ file: WeightFile, labels: [String]?) throws -> Model {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("model.safetensors")
    try folder.write(Safetensors.bytes(of: file), to: path)
    let preprocessing = try Preprocessing(
      steps: [.squash(width: 2, height: 2, antialias: true)], channels: .rgb,
      mean: [0, 0, 0], scale: [1, 1, 1])
    return try ModelLibrary(settings: LibrarySettings(home: nil), architectures: [small]).open(
      path: path,
      options: ImportOptions(
        labels: labels?.map { ClassLabel(wnid: nil, label: $0) }, preprocessing: preprocessing))
  }

  @Test("a number that no layer has is left out, and named")
  func ignored() throws {
    var file = WeightFile(tensors: [])
    for (name, shape) in [
      ("0.weight", [3, 12]), ("0.bias", [3]), ("1.weight", [2, 3]), ("1.bias", [2]),
      ("n_averaged", []),
    ] {
      let values = [Float](repeating: 5, count: shape.reduce(1, *))
      file.tensors.append(NamedTensor(name: name, tensor: try Tensor(values, shape: shape)))
    }
    #expect(try openSmall(file, labels: ["a", "b"]).ignoredTensors == ["n_averaged"])
    file.tensors.remove(at: 1)
    let broken = file
    #expect(throws: ModelError.self) { try openSmall(broken, labels: ["a", "b"]) }
  }

  @Test("one output is a sigmoid: the probability of the second of two classes")
  func oneOutput() throws {
    let values: [Float] = [0.5, -1, 0.25]
    let tensors: [(String, [Float], [Int])] = [
      ("0.weight", (0..<36).map { Float($0 % 7) / 8 }, [3, 12]), ("0.bias", [1, 2, -3], [3]),
      ("2.weight", values, [1, 3]), ("2.bias", [0.125], [1]),
    ]
    func open(_ labels: [String], _ metadata: [String: String] = [:]) throws -> Model {
      let names = metadata.isEmpty ? ["0", "2"] : ["fc1", "fc2"]
      let file = WeightFile(
        tensors: try tensors.map { name, values, shape in
          let layer = names[name.hasPrefix("0") ? 0 : 1]
          return NamedTensor(
            name: layer + name.dropFirst(), tensor: try Tensor(values, shape: shape))
        }, metadata: metadata)
      return try openSmall(file, labels: labels)
    }
    let model = try open(["cat", "dog"])
    #expect(model.hasSigmoid && model.labels.map(\.label) == ["cat", "dog"])
    #expect(model.parameters.floats(named: "fc2.weight") == [0, 0, 0] + values)
    #expect(model.parameters.floats(named: "fc2.bias") == [0, 0.125])
    #expect(try open(["dog"]).labels.map(\.label) == ["not dog", "dog"])
    #expect(throws: ModelError.self) { try open(["a", "b", "c"]) }
    // A file of this program's own says how many classes there are.
    let error = #expect(throws: ModelError.self) {
      try open(["dog"], [Safetensors.markerEntry: "1", "variant": "small"])
    }
    guard case .oneOutput = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("metadata of other programs is ignored, and ours is read with its marker or as before")
  func othersMetadata() throws {
    let others = [
      "format": "pt", "variant": "fp16", "name": "x", "labels": "cat, dog", "lrn": "yes",
      "inputSize": "large", "pooling": "max", "sparse": "no", "activations": "relu",
    ]
    for names in [["fc1", "fc2"], ["net.0", "net.2"]] {
      let model = try openSmall(others, names: names)
      #expect(model.name == "model" && model.labels.map(\.label) == ["a", "b"])
      #expect(model.metadata["variant"] == "small")
    }
    // A program may well call its own network by the name of one of ours.
    #expect(
      try openSmall(["format": "pt", "variant": "small"], names: ["0", "1"]).name == "model")
    let ours = ["variant": "small", "name": "mine", "labels": #"["c", "d"]"#]
    for metadata in [ours, ours.merging([Safetensors.markerEntry: "1"]) { $1 }] {
      let model = try openSmall(metadata)
      #expect(model.name == "mine" && model.labels.map(\.label) == ["c", "d"])
    }
    #expect(throws: ModelError.self) {
      try openSmall([Safetensors.markerEntry: "1", "variant": "fp16"])
    }
  }

  @Test("classes without names are refused: a number would tell nobody anything")
  func unlabelled() throws {
    let error = thrown(try emptyWeights(Architecture.alexnet.withClasses(7)))
    guard case .unlabelled(_, classes: 7) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "metadata that cannot be is refused",
    arguments: [
      ("variant", "vgg16"), ("labels", "[1, 2]"), ("labels", #"["one too few"]"#),
      ("classes", "cat, dog"), ("lrn", "{}"), ("lrn", "5"),
      ("lrn", #"{"size": 4, "alpha": 1, "beta": 1, "k": 1, "alphaDividedBySize": true}"#),
      ("lrn", #"{"size": -1, "alpha": 1, "beta": 1, "k": 1, "alphaDividedBySize": true}"#),
      ("lrn", #"{"size": 5, "alpha": -1, "beta": 1, "k": 1, "alphaDividedBySize": true}"#),
      ("lrn", #"{"size": 5, "alpha": 1e200, "beta": 1, "k": 1, "alphaDividedBySize": true}"#),
      ("lrn", #"{"size": 5, "alpha": 1, "beta": 1, "k": 0, "alphaDividedBySize": true}"#),
      ("preprocessing", "{}"), ("preprocessing", "none"),
      (
        "preprocessing",
        #"{"steps": [{"op": "centerCrop", "size": 224}], "channels": "RGB", "mean": [0, 0, 0], "#
          + #""scale": 1}"#
      ),
      ("preprocessing", #"{"steps": [], "channels": "RGB", "mean": [0, 0, 0], "scale": 1}"#),
    ])
  func badMetadata(entry: String, value: String) throws {
    let metadata = ["labels": #"["a", "b"]"#].merging([entry: value]) { $1 }
    let error = thrown(
      try emptyWeights(Architecture.alexnet.withClasses(2), metadata: metadata))
    guard case .badMetadata(_, entry, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "numbers that 8-bit arithmetic cannot scale by are an error, not a crash",
    arguments: [
      ("activations", "1e-44"), ("activations", "1e-38"), ("activations", "1e39"),
      ("activations", "1e308"), ("activations", "-1"), ("activations", "0"),
      ("activations", #""x""#), ("scale", "1e-44"), ("scale", "1e38"), ("mean", "1e38"),
    ])
  func badCalibration(field: String, value: String) throws {
    let architecture = Architecture.alexnet.withClasses(2)
    let range = field == "activations" ? value : "3"
    let ranges = architecture.calibratedLayers.map { #""\#($0)": \#(range)"# }
    let mean = field == "mean" ? value : "1"
    let scale = field == "scale" ? value : "1"
    let model = try open(
      emptyWeights(
        architecture,
        metadata: [
          "labels": #"["a", "b"]"#,
          "activations": "{\(ranges.joined(separator: ", "))}",
          "preprocessing":
            #"{"steps": [{"op": "centerCrop", "size": 227}], "channels": "RGB", "#
            + #""mean": [\#(mean), 0, 0], "scale": \#(scale)}"#,
        ]))
    let error = #expect(throws: ModelError.self) { try model.in8Bits() }
    guard case .badMetadata = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "codebooks and scales that no arithmetic can use are an error, not a crash",
    arguments: [
      ("fc7.weight.codebook", Float(1e-44)), ("fc7.weight.codebook", .infinity),
      ("fc7.weight.codebook", .nan), ("fc7.weight.codebook", 1e38),
      ("conv2.weight.scale", .nan), ("conv2.weight.scale", 1e38),
    ])
  func badScales(name: String, value: Float) throws {
    var file = try emptyWeights(
      Architecture.alexnet.withClasses(2), metadata: ["labels": #"["a", "b"]"#])
    let index = try #require(file.tensors.firstIndex { $0.name == name })
    let shape = file.tensors[index].tensor.shape
    file.tensors[index] = NamedTensor(
      name: name,
      tensor: try Tensor(Array(repeating: value, count: shape.count), shape: shape.dimensions))
    #expect(thrown(file)?.description.contains("fc7.weight") ?? false || name.hasPrefix("conv2"))
  }

  @Test(
    "points of a convolution's input that do not fit the network are an error, not a crash",
    arguments: [
      // Layers that are not computed from points, or that there are not.
      ("conv1", [16, 3], 3), ("fc6", [16, 9216], 9216), ("pool1", [16, 96], 96),
      ("conv9", [16, 256], 256), ("", [16, 256], 256),
      // Too few and too many products and channels, none at all, and the sizes exchanged.
      ("conv3", [15, 256], 256), ("conv3", [17, 256], 256), ("conv3", [49, 256], 256),
      ("conv3", [16, 255], 255), ("conv3", [16, 256], 255), ("conv3", [16, 0], 0),
      ("conv3", [0, 256], 256), ("conv3", [256, 16], 16), ("conv3", [4096], 256),
      ("conv2", [16, 96], 96), ("conv2", [49, 48], 48),
    ] as [(String, [Int], Int)])
  func badPoints(layer: String, shape: [Int], means: Int) throws {
    let metadata = ["labels": #"["a", "b"]"#]
    func file(_ layer: String, _ shape: [Int], means: Int) throws -> WeightFile {
      var file = try emptyWeights(Architecture.caffenet.withClasses(2), metadata: metadata)
      let ranges = [Float](repeating: 1, count: shape.reduce(1, *))
      file.tensors += [
        NamedTensor(name: layer + ".points", tensor: try Tensor(ranges, shape: shape)),
        NamedTensor(
          name: layer + ".means",
          tensor: try Tensor([Float](repeating: 0, count: means), shape: [means])),
      ]
      return file
    }
    let error = thrown(try file(layer, shape, means: means))
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // What fits is opened.
    _ = try open(file("conv3", [16, 256], means: 256))
    _ = try open(file("conv2", [49, 96], means: 96))
  }

  @Test(
    "a normalisation that a Caffe file asks for and nobody can compute is an error, not a crash",
    arguments: [
      (0, 1e-4), (4, 1e-4), (256, 1e-4), (257, 1e-4), (Int(UInt32.max), 1e-4), (5, Float.nan),
      (5, .infinity), (5, -1),
    ] as [(Int, Float)])
  func badNormalization(size: Int, alpha: Float) throws {
    let folder = try TemporaryFolder()
    let side = 16
    let path = folder.path.appending("model.caffemodel")
    let library = ModelLibrary(
      settings: LibrarySettings(home: nil),
      architectures: [
        Architecture(
          name: "normalised", inputSize: side,
          layers: [.normalization("norm"), .fullyConnected("fc", 2, relu: false)])
      ])
    var options = ImportOptions()
    options.labels = ["a", "b"].map { ClassLabel(wnid: nil, label: $0) }
    options.preprocessing = try Preprocessing(
      steps: [.squash(width: side, height: side, antialias: true)], channels: .rgb,
      mean: [0, 0, 0], scale: [1, 1, 1])
    try folder.write(CaffeFile.normalised(side: side, size: 5, alpha: 1e-4), to: path)
    #expect(try library.open(path: path, options: options).parameters.classCount == 2)
    try folder.write(CaffeFile.normalised(side: side, size: size, alpha: alpha), to: path)
    let error = #expect(throws: ModelError.self) { try library.open(path: path, options: options) }
    guard case .badMetadata(_, "lrn", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a file cut anywhere is damaged, not a model")
  func cut() throws {
    let folder = try TemporaryFolder()
    let whole = Safetensors.bytes(of: try emptyWeights(.alexnet))
    for count in [0, 1, 7, 8, 9, 300, 4096, whole.count - 1] {
      let path = folder.path.appending("cut-\(count).safetensors")
      try folder.write(Array(whole[..<count]), to: path)
      let error = #expect(throws: ModelError.self) {
        try ModelLibrary(settings: LibrarySettings(home: nil)).open(path: path)
      }
      #expect(error?.kind == .badFile)
    }
  }
}
