import Tensors
import Testing
import WeightFiles

@Suite struct CaffeTests {
  @Test(
    "both generations of layer messages give the same tensors",
    arguments: ["layer.caffemodel", "layers-v1.caffemodel"])
  func tensors(name: String) throws {
    let storage = try Fixtures.storage("Caffe/\(name)")
    let file = try Caffe.read(storage)
    try expectTiny(file)
    #expect(file.weights.tensors.allSatisfy { $0.tensor.storage === storage }, "views, not copies")
    #expect(file.description.layers == Fixtures.layers(roundsUp: true, softmax: true))
    #expect(file.description.inputSize == 23)
    #expect(file.description.name == (name == "layer.caffemodel" ? "Tiny" : "TinyV1"))
  }

  @Test("values in double precision are kept, and become float32 weights")
  func double() throws {
    let file = try Caffe.read(try Fixtures.storage("Caffe/double.caffemodel"))
    try expectTiny(file, type: .float64)
    try expectTiny(try file.resolved(against: [Fixtures.architecture]).weights, type: .float32)
  }

  @Test("what the data layer says about preprocessing is kept")
  func preprocessing() throws {
    let file = try Caffe.read(try Fixtures.storage("Caffe/layer.caffemodel"))
    #expect(
      file.description.preprocessing
        == PreprocessingHints(mean: [104, 117, 123], scale: 1, cropSize: 23))
  }

  @Test("values that are stored one by one, not packed, are read")
  func unpacked() throws {
    let blob = try Fixtures.storage("Caffe/unpacked.binaryproto")
    let bytes = blob.withBytes(0..<blob.count) { blob in blob.indices.map { blob[$0] } }
    let tensor = try #require(try Caffe.read(network(blob: bytes)).weights.tensors.first?.tensor)
    #expect(tensor.shape.dimensions == [2, 3])
    #expect(try tensor.floats() == Fixtures.values(0, count: 6))
  }

  /// A NetParameter of one inner product, whose weights are in `blob`, an encoded BlobProto.
  private func network(blob: [UInt8]) -> Storage {
    let type = Array("InnerProduct".utf8)
    // Fields 2 (type) and 7 (blobs) of a LayerParameter, which is field 100 of the network.
    let layer = [0x12, UInt8(type.count)] + type + [0x3A, UInt8(blob.count)] + blob
    return Storage(copying: ([0xA2, 0x06, UInt8(layer.count)] + layer).span)
  }

  @Test(
    "shapes that lie are refused",
    arguments: [
      // BlobShape and data: dim -1; dim 2^62 twice; dim 0; 3 values for 2; no values.
      [0x3A, 0x0C, 0x0A, 0x0A, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0x2A, 0],
      [
        0x3A, 0x14, 0x0A, 0x12, 128, 128, 128, 128, 128, 128, 128, 128, 64, 128, 128, 128, 128, 128,
        128, 128, 128, 64, 0x2A, 0,
      ],
      [0x3A, 0x03, 0x0A, 0x01, 0, 0x2A, 0],
      [0x3A, 0x03, 0x0A, 0x01, 2, 0x2A, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x3A, 0x03, 0x0A, 0x01, 2],
      // Field 1005, the index of a payload, which only we may set.
      [0x3A, 0x03, 0x0A, 0x01, 2, 0xE8, 0x3E, 0],
    ] as [[UInt8]])
  func lies(blob: [UInt8]) {
    #expect(throws: WeightFileError.self) { try Caffe.read(network(blob: blob)) }
  }

  @Test("nothing but bytes of layers is asked of memory: a file of empty layers is refused")
  func manyMessages() {
    let bytes = [UInt8](repeating: 0x12, count: 1) + [0]
    let file = Array(repeatElement(bytes, count: 200_000).joined())
    #expect(throws: WeightFileError.self) { try Caffe.read(Storage(copying: file.span)) }
  }

  /// A layer with a blob of one value.
  private func layer(_ name: String) -> ProtobufMessage {
    var blob = ProtobufMessage()
    blob.add(7, [0x0A, 1, 1])
    blob.add(5, [0, 0, 0x80, 0x3F])
    var layer = ProtobufMessage()
    layer.add(1, name)
    layer.add(7, blob)
    return layer
  }

  @Test("more layers than any network has tensors are refused")
  func manyLayers() throws {
    func file(_ count: Int) -> Storage {
      var net = ProtobufMessage()
      for index in 0..<count { net.add(100, layer("layer\(index)")) }
      return Storage(copying: net.bytes.span)
    }
    #expect(try Caffe.read(file(1000)).weights.tensors.count == 1000)
    let error = #expect(throws: WeightFileError.self) { try Caffe.read(file(10_000)) }
    #expect("\(error, default: "")".contains("tensors"))
  }

  // A million copies of what came before would take hours.
  @Test("a million values that come one by one take the time of a million values")
  func valuesOneByOne() throws {
    let count = 1 << 20
    var bytes: [UInt8] = [0x3A, 5, 0x0A, 3, 0x80, 0x80, 0x40]
    for _ in 0..<count { bytes += [0x2D, 0, 0, 0x80, 0x3F] }
    var layer = ProtobufMessage()
    layer.add(2, "InnerProduct")
    layer.add(7, bytes)
    var net = ProtobufMessage()
    net.add(100, layer)
    let file = Storage(copying: net.bytes.span)
    let before = Memory.peak
    let tensor = try #require(try Caffe.read(file).weights.tensors.first?.tensor)
    #expect(tensor.shape.dimensions == [count])
    #expect(try tensor.floats().allSatisfy { $0 == 1 })
    #expect(Memory.peak - before < 256 << 20)
  }

  @Test("a file cut anywhere is refused, or holds what came before the cut")
  func truncated() throws {
    try expectTruncationsRefused("Caffe/layer.caffemodel", mayEndEarly: true, read: Caffe.read)
    try expectTruncationsRefused("Caffe/layers-v1.caffemodel", mayEndEarly: true, read: Caffe.read)
  }

  @Test("changed bytes crash nothing")
  func mutated() throws {
    try expectMutationsSurvived("Caffe/layer.caffemodel", read: Caffe.read)
    try expectMutationsSurvived("Caffe/layers-v1.caffemodel", read: Caffe.read)
  }
}
