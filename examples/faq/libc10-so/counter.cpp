// A module for Python that uses one class of torch's library c10.
#include <Python.h>
#include <c10/core/Device.h>

static PyObject* count(PyObject*, PyObject*) {
  return PyLong_FromLong(c10::Device("cuda:3").index());
}

static PyMethodDef methods[] = {{"count", count, METH_NOARGS, nullptr}, {}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "counter", nullptr, -1, methods};

PyMODINIT_FUNC PyInit_counter() { return PyModule_Create(&module); }
