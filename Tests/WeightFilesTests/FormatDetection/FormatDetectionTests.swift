import Tensors
import Testing
import WeightFiles

@Suite struct FormatDetectionTests {
  @Test(
    "each format is known by its content",
    arguments: [
      ("Caffe/layer.caffemodel", WeightFileFormat.caffe),
      ("Caffe/layers-v1.caffemodel", .caffe), ("Torch/state_dict.pth", .torch),
      ("Torch/legacy.pth", .torch), ("ONNX/gemm.onnx", .onnx), ("ONNX/dynamo.onnx", .onnx),
      ("ONNX/operators.onnx", .onnx), ("NumPy/dictionary.npy", .numpy),
      ("NumPy/canonical.npz", .numpy),
    ])
  func formats(path: String, format: WeightFileFormat) throws {
    let storage = try Fixtures.storage(path)
    #expect(try WeightFileFormat.detect(storage) == format)
    #expect(try ModelFile.read(storage).description.format == format)
  }

  @Test("a safetensors file is known by its length and brace")
  func safetensors() throws {
    let bytes: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)
    #expect(try WeightFileFormat.detect(Storage(copying: bytes.span)) == .safetensors)
  }

  @Test(
    "anything else is no weight file",
    arguments: ["", "x", "hello, world, this is a text", "\u{FF}\u{D8}\u{FF}"])
  func others(text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: WeightFileError.unknownFormat) {
      try WeightFileFormat.detect(Storage(copying: bytes.span))
    }
  }

  @Test(
    "files that people take for weights are called by name",
    arguments: [
      ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3\n", "git lfs pull"),
      ("\n <!DOCTYPE HTML>\n<title>x</title>", "an HTML page"), ("<html>", "an HTML page"),
      ("<?xml version='1.0'?>", "an XML file"), ("{\"a\": 1}", "a JSON file"),
      ("name: \"AlexNet\"\nlayer {", ".caffemodel"), ("%PDF-1.7", "a PDF file"),
      ("GIF89a......", "a GIF image"), ("BZh91AY", "bunzip2"),
      (String(repeating: "\0", count: 257) + "ustar\u{0}", "a tar archive"),
    ])
  func named(text: String, part: String) {
    let bytes = Array(text.utf8)
    let error = #expect(throws: WeightFileError.self) {
      try WeightFileFormat.detect(Storage(copying: bytes.span))
    }
    #expect("\(error, default: "")".contains(part))
  }

  @Test(
    "protobuf messages of training are called by name",
    arguments: [
      // tensorflow/core/protobuf/saved_model.proto: saved_model_schema_version, meta_graphs.
      ([0x08, 1, 0x12, 6, 0x0A, 4, 0x12, 2, 0x0A, 0], "a SavedModel of TensorFlow"),
      // caffe.proto, BlobProto: num, channels, height, width, data.
      ([0x08, 1, 0x10, 3, 0x18, 1, 0x20, 1, 0x2A, 0], "a Caffe blob, such as the mean"),
      // caffe.proto, SolverState: iter, learned_net.
      (
        [0x08, 0xA0, 0x8D, 0x06, 0x12, 16] + Array("net_1.caffemodel".utf8),
        "the weights are in the file net_1.caffemodel"
      ),
      ([0x1F, 0x8B, 8, 0, 0, 0], "gunzip"),
      ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), "an HDF5 file"),
    ] as [([UInt8], String)])
  func namedMessages(bytes: [UInt8], part: String) {
    let error = #expect(throws: WeightFileError.self) {
      try WeightFileFormat.detect(Storage(copying: bytes.span))
    }
    #expect("\(error, default: "")".contains(part))
  }
}
