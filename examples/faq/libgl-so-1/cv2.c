/* A module that was linked to the library of a desktop. */
int glClear(void);
int PyInit_cv2(void) { return glClear(); }
