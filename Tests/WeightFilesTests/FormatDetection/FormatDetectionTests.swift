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
    arguments: [
      "", "x", "hello, world, this is a text", "%PDF-1.7", "\u{FF}\u{D8}\u{FF}", "GIF89a......",
    ])
  func others(text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: WeightFileError.unknownFormat) {
      try WeightFileFormat.detect(Storage(copying: bytes.span))
    }
  }
}
