/// The file formats of weights. The raw values are the names that messages use.
public enum WeightFileFormat: String, Sendable, CaseIterable {
  case safetensors = "safetensors"
  case caffe = "Caffe"
  case onnx = "ONNX"
  case torch = "PyTorch"
  case numpy = "NumPy"
  case deepCompression = "Deep Compression"
}
