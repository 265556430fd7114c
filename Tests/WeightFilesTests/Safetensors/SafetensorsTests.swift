import Tensors
import Testing
import WeightFiles

@Suite struct SafetensorsTests {
  /// A file of this header, as it stands, and `dataCount` bytes 0, 1, 2, ...
  private func storage(_ header: String, dataCount: Int) -> Storage {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    let bytes = length + Array(header.utf8) + (0..<dataCount).map { UInt8($0) }
    return Storage(copying: bytes.span)
  }

  private func bytes(_ tensor: Tensor?) -> [UInt8]? {
    tensor?.withBytes { bytes in bytes.indices.map { bytes[$0] } }
  }

  @Test("tensors and metadata are found, in the order of the data")
  func reads() throws {
    let file = try Safetensors.read(
      storage(
        #"{"__metadata__":{"name":"tiny"},"b":{"dtype":"I8","shape":[2,1],"data_offsets":[4,6]},"#
          + #""a":{"shape":[2],"data_offsets":[0,4],"dtype":"F16"}}   "#, dataCount: 6))
    #expect(file.metadata == ["name": "tiny"])
    #expect(file.tensors.map(\.name) == ["a", "b"])
    #expect(file["a"]?.elementType == .float16)
    #expect(bytes(file["a"]) == [0, 1, 2, 3])
    #expect(file["b"]?.shape.dimensions == [2, 1])
    #expect(bytes(file["b"]) == [4, 5])
    #expect(file["c"] == nil)
  }

  @Test("a name of more than 512 bytes is refused")
  func longName() throws {
    func header(_ count: Int) -> String {
      let name = String(repeating: "a.", count: count / 2 - 3) + "weight"
      return #"{"\#(name)":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}"#
    }
    #expect(try Safetensors.read(storage(header(512), dataCount: 2)).tensors.count == 1)
    #expect(throws: WeightFileError.self) {
      try Safetensors.read(storage(header(514), dataCount: 2))
    }
  }

  @Test("a file without tensors and a tensor without values are files")
  func empty() throws {
    #expect(try Safetensors.read(storage("{}", dataCount: 0)).tensors.isEmpty)
    let none = #"{"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}}"#
    #expect(try Safetensors.read(storage(none, dataCount: 0))["a"]?.shape.count == 0)
  }

  @Test(
    "headers that lie are refused",
    arguments: [
      // Not JSON, not an object, not described.
      "", "[]", "{", #"{"a":1}"#, #"{"a":{"dtype":"U8","shape":[4]}}"#,
      #"{"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      // Unknown type; shapes that are negative, overflow or do not fit their range.
      #"{"a":{"dtype":"F9","shape":[4],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F64","shape":[9223372036854775807],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[4294967296,4294967297],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}"#,
      // Ranges that overlap, leave gaps, run backwards or past the end, or leave bytes over.
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
      #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[4,3]}}"#,
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}"#,
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
        + #""b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
    ])
  func refused(header: String) {
    #expect(throws: WeightFileError.self) { try Safetensors.read(storage(header, dataCount: 4)) }
  }

  @Test("a file cut at any byte is an error")
  func cut() throws {
    let whole = Safetensors.bytes(
      of: WeightFile(
        tensors: [NamedTensor(name: "a", tensor: try Tensor([1, 2], shape: [2]))],
        metadata: ["name": "tiny"]))
    for count in 0..<whole.count {
      let part = Array(whole[..<count])
      #expect(throws: WeightFileError.self) { try Safetensors.read(Storage(copying: part.span)) }
    }
    #expect(try Safetensors.read(Storage(copying: whole.span))["a"]?.floats() == [1, 2])
  }

  @Test("a header length beyond the cap or the file is refused before anything is read")
  func headerLength() {
    for length: [UInt8] in [
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x80],
      [1, 0xE1, 0xF5, 5, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0, 0, 0],
    ] {
      let bytes = length + Array("{}".utf8)
      #expect(throws: WeightFileError.self) { try Safetensors.read(Storage(copying: bytes.span)) }
    }
  }

  @Test("what is written reads back, with data and wide elements aligned")
  func roundTrip() throws {
    let tensors = [
      NamedTensor(name: "bytes", tensor: try Tensor(bytes: [7, 8, 9], .uint8, shape: [3])),
      NamedTensor(name: "halves", tensor: try Tensor(bytes: [0, 60], .float16, shape: [1])),
      NamedTensor(name: "floats", tensor: try Tensor([1, 2, 3], shape: [3, 1])),
      NamedTensor(
        name: "line", tensor: try Tensor(bytes: .init(repeating: 1, count: 64), .int8, shape: [64])),
    ]
    let metadata = ["name": "tiny", "labels": "[\"a \\\"quoted\\\" label\"]"]
    let written = Safetensors.bytes(of: WeightFile(tensors: tensors, metadata: metadata))
    let file = try Safetensors.read(Storage(copying: written.span))
    #expect(file.metadata == metadata)
    #expect(file.tensors.map(\.name) == ["line", "floats", "halves", "bytes"])
    #expect(file.tensors[0].tensor.range.lowerBound % Safetensors.dataAlignment == 0)
    for named in file.tensors {
      #expect(named.tensor.range.lowerBound % named.tensor.elementType.size == 0)
      let original = tensors.first { $0.name == named.name }?.tensor
      #expect(bytes(named.tensor) == bytes(original))
      #expect(named.tensor.shape == original?.shape)
    }
  }

  @Test("a header with room for larger numbers has the same length as the one that replaces it")
  func reservedHeader() throws {
    func header(_ rows: Int, length: Int) -> [UInt8] {
      Safetensors.header(
        [.init("rows", .float32, [rows, 3]), .init("text", .uint8, [rows])],
        metadata: ["name": "tiny"], minimumLength: length)
    }
    let length = header(0, length: 0).count + 2 * Safetensors.dataAlignment
    for rows in [0, 5, 1_000_000_000_000] {
      #expect(header(rows, length: length).count == length)
    }
    let bytes = header(5, length: length) + [UInt8](repeating: 1, count: 5 * 13)
    let file = try Safetensors.read(Storage(copying: bytes.span))
    #expect(file.metadata == ["name": "tiny"])
    #expect(file["rows"]?.shape.dimensions == [5, 3] && file["text"]?.shape.dimensions == [5])
  }
}
